"""和去年一样: offered only while it is still the same choice, at this year's price, on one screen."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.enrolment.test_strokes import NAME
from tests.factories import make_plan
from tests.web.student.conftest import Phone, words
from yibao.enrolment import flow
from yibao.enrolment.again import again_of
from yibao.enrolment.flow import Choice
from yibao.enrolment.paper_models import Statement
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.people.models import Student
from yibao.plans.models import EvidenceNeed, InsurancePlan
from yibao.plans.states import Choosing, PlanStatus
from yibao.web.student.mine import my_enrolments

BASIC = "城乡居民基本医疗保险"


@pytest.fixture
def last(cast):
    """Last year's plan; it cost 380."""
    plan = make_plan("2025年大学生医保", academic_year=2025, premium="380.00")
    enlist(plan, by=cast.office)
    return plan


@pytest.fixture
def joined(cast, last):
    """王 was insured."""
    settle(last, cast.wang, Choice(Intent.JOIN, consent="当面"))


@pytest.fixture
def stayed_out(cast, last):
    """王 was insured at home."""
    settle(last, cast.wang, Choice(Intent.STAY_OUT, consent="当面", reason=last.reasons.first()))


def settle(plan, student, choice):
    """As if it had been reviewed and paid."""
    mine = plan.enrolments.filter(student=student)
    flow.submit(mine, choice, by=student.user).or_refuse()
    end = Status.ENROLLED if choice.intent == Intent.JOIN else Status.OPTED_OUT
    mine.update(status=end, current_step=None)
    plan.status = PlanStatus.ARCHIVED
    plan.save()


def offered(phone: Phone):
    rows = list(my_enrolments(phone.student.user))
    return again_of(next(row for row in rows if row.plan_id == phone.plan.pk), rows)


def seen(phone) -> str:
    page = phone.client.get(phone.address("again")).content.decode()
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def confirm(phone, **more):
    return phone.client.post(phone.address("again"), {"seen": seen(phone)} | more, follow=True)


# One screen ---------------------------------------------------------------------------------------
def test_who_was_insured_confirms_once(cast, joined, wang):
    assert "没有变化的话，一步就能办完" in wang.see()
    assert "和去年一样 重新选择" in wang.see()
    screen = wang.see("again")
    for part in (
        "王小明",
        "计算机2401",
        "¥533.00",
        f"按“{BASIC}”标准缴费 533.00 元",
        "去年（2025-2026 学年）应缴 ¥380.00",
    ):
        assert part in screen
    said = words(confirm(wang))
    assert "已提交，等待辅导员审核" in said
    row = wang.row
    assert (row.status, row.intent, row.amount_due) == ("in_review", "join", Decimal(533))
    assert row.submitted_by == cast.wang.user


def test_a_reduction_of_this_year_counts(cast, joined, wang):
    cast.wang.hardships.create(academic_year=2026, category="特困人员", level="特别困难")
    assert "全额减免 533.00 元" in wang.see("again")
    confirm(wang)
    assert wang.row.amount_due == 0


def test_who_stayed_out_signs_on_the_same_screen(cast, stayed_out, wang, plan):
    plan.statement_required = True
    plan.save()
    assert "和去年一样不参保" in wang.see("again")
    assert "请先阅读承诺书，再勾选同意" in words(confirm(wang))
    assert wang.row.status == "unregistered"
    confirm(wang, read="on", manner="drawn", drawn=NAME)
    assert (wang.row.status, wang.row.reason.plan) == ("in_review", plan)
    assert Statement.objects.get().enrolment == wang.row


def test_who_stayed_out_shows_this_years_evidence(cast, stayed_out, wang, plan):
    plan.statement_required = True
    plan.save()
    kind = plan.evidence_kinds.create(name="参保凭证")
    EvidenceNeed.objects.create(reason=plan.reasons.first(), kind=kind)
    assert "今年要重新提交：参保凭证" in wang.see("again")
    answer = wang.client.post(wang.address("again"), {"seen": seen(wang)})
    assert answer.url == wang.screen("evidence")
    assert wang.client.get(wang.screen("confirm")).url == wang.screen("evidence")
    assert wang.row.status == "unregistered"


def test_without_papers_staying_out_is_one_tap(cast, stayed_out, wang):
    confirm(wang)
    assert (wang.row.status, wang.row.intent) == ("in_review", "stay_out")


# When it is not the same any more -----------------------------------------------------------------
def renamed(plan, _student):
    plan.types.update(name="居民医保")


def new_required_type(plan, _student):
    plan.types.create(name="意外险", premium=50, choosing=Choosing.REQUIRED)


def already_registered(plan, student):
    flow.submit(
        plan.enrolments.filter(student=student),
        Choice(Intent.JOIN, consent="当面"),
        by=student.user,
    )


def not_required(plan, student):
    plan.enrolments.filter(student=student).update(required=False)


def off_roster(plan, student):
    plan.enrolments.filter(student=student).update(off_roster=True)


def faulty_number(_plan, student):
    Student.objects.filter(pk=student.pk).update(id_number="350102200503021234")


def no_mobile(_plan, student):
    Student.objects.filter(pk=student.pk).update(mobile="")


def another_name(_plan, student):
    Student.objects.filter(pk=student.pk).update(name="王晓明")


def two_years_ago(_plan, _student):
    InsurancePlan.objects.filter(academic_year=2025).update(academic_year=2024)


def never_paid(_plan, student):
    mine = student.enrolments.filter(plan__academic_year=2025)
    mine.update(status=Status.AWAITING_PAYMENT)


@pytest.mark.parametrize(
    "change",
    [
        renamed, new_required_type, already_registered, not_required, off_roster, faulty_number,
        no_mobile, another_name, two_years_ago, never_paid,
    ],
)  # fmt: skip
def test_what_has_changed_leads_the_usual_way(cast, joined, wang, plan, change):
    assert offered(wang) is not None
    change(plan, Student.objects.get(pk=cast.wang.pk))
    assert offered(wang) is None
    assert "和去年一样" not in wang.see()
    assert wang.client.get(wang.address("again")).url == wang.address("apply")
    before = wang.row.status
    assert wang.client.post(wang.address("again"), {"seen": "x"}).status_code == 302
    assert wang.row.status == before


@pytest.mark.parametrize(
    ("change", "is_offered"),
    [
        ({"name": "改名的原因"}, False),
        ({"note_required": True}, False),
        ({"counts_as": "leaves"}, True),
    ],
)
def test_a_reason_must_still_be_there(cast, stayed_out, wang, plan, change, is_offered):
    plan.reasons.filter(pk=plan.reasons.first().pk).update(**change)
    assert (offered(wang) is not None) == is_offered


def test_an_optional_type_is_taken_again_and_one_of_a_group_too(cast, last, wang, plan):
    chosen = [
        last.types.create(name="二档", premium=80, group="补充", choosing=Choosing.OPTIONAL).pk
    ]
    settle(last, cast.wang, Choice(Intent.JOIN, tuple(chosen)))
    assert offered(wang) is None
    for name in ("一档", "二档"):
        plan.types.create(name=name, premium=90, group="补充", choosing=Choosing.OPTIONAL)
    assert {one.name for one in offered(wang).types} == {BASIC, "二档"}


def test_who_has_begun_goes_on_as_they_began(cast, joined, wang):
    wang.confirm_data()
    assert "继续" in wang.see()
    assert "和去年一样" not in wang.see()


def test_the_window_and_the_plan_still_rule(cast, joined, wang, plan):
    address, shown = wang.address("again"), seen(wang)
    InsurancePlan.objects.filter(pk=plan.pk).update(
        apply_from="2020-01-01T00:00Z", apply_until="2020-02-01T00:00Z"
    )
    answer = wang.client.post(address, {"seen": shown})
    assert (answer.status_code, "申请时间已过" in words(answer)) == (409, True)


def test_a_price_that_changed_meanwhile_is_shown_again(cast, joined, wang, plan):
    shown = seen(wang)
    plan.types.update(premium="600.00")
    answer = wang.client.post(wang.address("again"), {"seen": shown}, follow=True)
    assert "内容或金额刚刚有变化" in words(answer)
    assert "¥600.00" in words(answer)
    assert wang.row.status == "unregistered"


def test_two_taps_submit_once(cast, joined, wang):
    shown = seen(wang)
    for _ in range(2):
        wang.client.post(wang.address("again"), {"seen": shown})
    assert wang.row.round == 1


def test_the_offer_costs_the_home_page_two_queries(cast, joined, wang, plan):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            wang.see()
        return len(captured)

    cost()
    with_offer = cost()
    never_paid(plan, cast.wang)
    assert with_offer - cost() == 2
