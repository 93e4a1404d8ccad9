"""What staff are told of rates."""

import pytest

from tests.reports.test_rates import cast, plan, registered
from yibao.notify.kinds import kinds
from yibao.notify.models import Message
from yibao.reports import flow
from yibao.reports.models import RateReport
from yibao.reports.states import RateStatus

__all__ = ["cast", "plan"]


@pytest.fixture
def computing(cast, plan):
    for student in (cast.wang, cast.liu):
        registered(plan, student, cast.li)
    return cast.classes.cs1.major.college


def rates(report):
    return RateReport.objects.filter(pk=report.pk)


def inbox(user):
    mine = Message.objects.visible_to(user).order_by("pk")
    return [f"({m.title})" if m.withdrawn_at else m.title for m in mine]


def test_from_the_grade_to_the_school_and_back(cast, plan, computing):
    report = flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    waiting = Message.objects.visible_to(cast.xu).get()
    assert waiting.title == "计算机学院 2024 级参保率待审核"
    assert "李老师提交，应参保 2 人，在校参保率 100.00%" in waiting.text
    assert waiting.link == f"/staff/rates/grades/?plan={plan.pk}"
    # 张 is officer of this college too; 钱 and the school are not asked.
    assert inbox(cast.zhang) == inbox(cast.xu)
    assert inbox(cast.qian) == inbox(cast.office) == []
    assert kinds()["rate_handed_in"].still_true([report.pk]) == {report.pk}

    flow.decide(rates(report), RateStatus.RETURNED, by=cast.xu, opinion="请核对").or_refuse()
    assert inbox(cast.xu) == ["(计算机学院 2024 级参保率待审核)"]
    returned = Message.objects.visible_to(cast.li).filter(kind="rate_returned").get()
    assert returned.text.endswith("徐书记已退回，意见：请核对")
    assert kinds()["rate_returned"].still_true([report.pk]) == {report.pk}

    flow.hand_in_grade(plan, computing, 2024, by=cast.li)
    flow.decide(rates(report), RateStatus.ACCEPTED, by=cast.xu).or_refuse()
    assert inbox(cast.li) == [
        "(计算机学院 2024 级参保率被退回，请修改后重新提交)",
        "计算机学院 2024 级参保率审核通过",
    ]
    whole = flow.hand_in_college(plan, computing, by=cast.xu)
    assert inbox(cast.office) == ["计算机学院参保率待审核"]
    flow.decide(rates(whole), RateStatus.ACCEPTED, by=cast.office).or_refuse()
    assert inbox(cast.xu)[-1] == "计算机学院参保率审核通过"
    assert (
        Message.objects.visible_to(cast.xu).last().link == f"/staff/rates/colleges/?plan={plan.pk}"
    )
