"""异议 against a registration by somebody else, and evidence handed in on behalf."""

import pytest
from django.urls import reverse

from tests.common.test_pictures import photo, upload
from tests.enrolment.staying_out import JOIN, SIGNED, kind, of, out, plan, row_of
from yibao.common import pictures
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment import flow, papers
from yibao.enrolment.objecting import answer, object_to, why_not_object
from yibao.enrolment.states import Status
from yibao.grid.query import GridQuery
from yibao.notify.models import Message

__all__ = ["plan"]


def registered(cast, plan):
    """王 as 李 has registered him."""
    flow.submit(of(cast.wang), out(plan, 1, consent="电话确认"), by=cast.li).or_refuse()
    return row_of(cast.wang)


def decided(cast, plan):
    row = registered(cast, plan)
    flow.approve(of(cast.wang), by=cast.li).or_refuse()
    return row


def objected(student) -> str:
    return of(student).with_objections().get().objected


def told(user) -> list[str]:
    found = Message.objects.filter(to=user, withdrawn_at__isnull=True).order_by("-pk")
    return list(found.values_list("title", flat=True))


def test_what_nobody_has_decided_is_taken_back_at_once(cast, plan):
    row = registered(cast, plan)
    assert object_to(row, "我要参保", by=cast.wang.user) is True
    row = row_of(cast.wang)
    assert row.status == Status.UNREGISTERED
    assert objected(cast.wang) == "none"
    made = row.objections.get()
    assert (made.round, made.words, made.answer) == (1, "我要参保", "还没有审核，已自动撤回")
    assert told(cast.li) == ["王小明撤回了代登记"]
    assert AuditEntry.objects.filter(action__in=["object", "withdraw"]).count() == 2
    flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()


def test_what_was_decided_waits_for_staff_and_may_stand_with_a_reason(cast, plan):
    row = decided(cast, plan)
    assert object_to(row, "我要参保", by=cast.wang.user) is False
    assert row_of(cast.wang).status == Status.IN_REVIEW
    assert objected(cast.wang) == "open"
    assert told(cast.li) == ["王小明对代登记有异议"]
    assert "现在是未登记" not in Message.objects.filter(to=cast.li).latest("pk").text
    assert "你已经提出过异议" in why_not_object(row_of(cast.wang), cast.wang.user)
    with pytest.raises(Refused, match="请填写处理意见"):
        answer(of(cast.wang), by=cast.li, comment=" ")
    assert answer(of(cast.wang), by=cast.he, comment="好").refused == {
        row.pk: "只能处理所管学生的异议"
    }
    answer(of(cast.wang), by=cast.li, comment="已与学生核实").or_refuse()
    assert objected(cast.wang) == "settled"
    made = row.objections.get()
    assert (made.settled_by, made.answer) == (cast.li, "已与学生核实")
    assert told(cast.wang.user)[0] == "你的异议已处理"
    assert answer(of(cast.wang), by=cast.li, comment="好").refused == {row.pk: "没有等待处理的异议"}


def test_a_return_ends_an_objection(cast, plan):
    object_to(decided(cast, plan), "我要参保", by=cast.wang.user)
    flow.send_back(of(cast.wang), by=cast.xu, comment="学生有异议").or_refuse()
    assert objected(cast.wang) == "none"


@pytest.mark.parametrize("who", ["wang", "liu"])
def test_only_who_was_registered_by_somebody_else_can_object(cast, plan, who):
    flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()
    by = getattr(cast, who).user
    why = why_not_object(row_of(cast.wang), by)
    assert why.startswith("这份申请是你自己提交的" if who == "wang" else "只能对为本人")
    assert (
        why_not_object(row_of(cast.liu), cast.liu.user) == "现在没有为你代登记的申请，可以自己登记"
    )


def test_evidence_is_handed_in_for_a_student_who_agreed(cast, plan):
    flow.submit(of(cast.wang), out(plan, consent="电话确认"), by=cast.li).or_refuse()
    row = row_of(cast.wang)
    assert row.evidence_state == "missing"
    picture = pictures.keep(upload(photo()), by=cast.li)
    photos = [(kind(plan, "参保凭证"), picture)]
    with pytest.raises(Refused, match="请写明学生怎样同意由您代传"):
        papers.supply_for(row, photos, consent=" ", by=cast.li)
    with pytest.raises(Refused, match="只能为所带班级的学生代传材料"):
        papers.supply_for(row, photos, consent="微信确认", by=cast.he)
    papers.supply_for(row, photos, consent="微信确认", by=cast.li)
    assert row_of(cast.wang).evidence_state == "complete"
    assert told(cast.wang.user)[0] == "已代你上传证明材料"
    entry = AuditEntry.objects.get(action="supply_for")
    assert (entry.by, entry.data["why"]) == (cast.li, "参保凭证；微信确认")
    assert papers.why_not_supply_for(row_of(cast.liu), cast.li).startswith("当前状态")


def test_a_student_s_own_submission_takes_no_evidence_from_others(cast, plan):
    flow.submit(of(cast.wang), out(plan, 1, signature=SIGNED), by=cast.wang.user).or_refuse()
    why = papers.why_not_supply_for(row_of(cast.wang), cast.li)
    assert why.startswith("这份申请由学生本人提交")


def test_the_counselor_reads_in_the_dialog_what_the_student_wants(cast, plan, client):
    row = decided(cast, plan)
    object_to(row, "我要参保", by=cast.wang.user)
    client.force_login(cast.li, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("staff:enrolments")
    page = client.get(address, {"plan": plan.pk, "part": "detail", "pk": row.pk}).text
    assert "学生的意愿：我要参保" in page
    query = GridQuery(filters=(("objected", "open"),), extra=(("plan", str(plan.pk)),))
    listed = client.get(f"{address}?{query.to_query_string()}").text
    assert "王小明" in listed
    assert "刘思雨" not in listed
