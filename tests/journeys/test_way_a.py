"""Way A over HTTP: apply, three reviews with a return, pay online and in cash, and the numbers."""

import re
from decimal import Decimal

import pytest

from tests.story.person import Unexpected

pytestmark = pytest.mark.django_db(transaction=True)


def apply_to_join(student):
    student.open("/").follow("申请参保").sees("核对信息")
    student.send(having="mobile").sees("你今年要在学校参保吗？")
    student.send(intent="join").sees("应缴金额")
    student.follow("下一步")
    return student.send(having="seen")


def decide(staff, action, **fields):
    """On all rows of the review list, as a person who ticks everything."""
    staff.open("/staff/reviews/")
    return staff.post(staff.url, do="run", action=action, all="1", **fields)


def test_from_the_first_sign_in_to_the_receipt(cast_a, arrive, gateway):
    wang = arrive(cast_a.wang)
    apply_to_join(wang).sees("辅导员审核", "审核中")

    li = arrive(cast_a.li)
    li.open("/staff/reviews/").sees("王小明", "2024010001")
    assert cast_a.wang.id_number not in li.page.text_content()
    with pytest.raises(Unexpected, match="请填写"):
        decide(li, "send_back").sees("已退回")
    decide(li, "send_back", comment="手机号请换成本人的").sees("1")
    wang.open("/").sees("已退回", "手机号请换成本人的")
    wang.follow("去修改")
    wang.send(mobile="13905914858").send(intent="join").follow("下一步").send(having="seen")
    wang.sees("辅导员审核", "审核中")

    for staff, step in (
        (li, "学院审核"),
        (arrive(cast_a.xu), "学校审核"),
        (arrive(cast_a.office), ""),
    ):
        decide(staff, "approve", comment="同意")
        wang.open("/").follow("查看进度") if step else wang.open("/")
        wang.sees(step or "待缴费")

    wang.press("在线缴费").sees("确认支付", "¥533.00")
    wang.send(channel="sandbox").follow("打开收银台").sees("手机支付账户付款", "533.00")
    wang.send(phone="13905914858", password="123456").follow("返回商户")
    wang.sees("已缴费").open("/").sees("已参保")
    wang.follow("查看收据").sees("伍佰叁拾叁元", "王小明")
    number = wang.find(r"缴费收据 ?(\d{18})")
    code = wang.find(r"校验码 ?([0-9A-Z]{4}(?:-[0-9A-Z]{4})+)")

    passer_by = arrive(cast_a.zhao)
    passer_by.open(f"/receipts/check/?number={number}&code={code}").sees("533.00")
    assert "王小明" not in passer_by.text


def test_a_stranger_finds_nothing_of_it(cast_a, arrive):
    wang = arrive(cast_a.wang)
    apply_to_join(wang)
    mine = re.search(r"/progress/[0-9a-f-]+/", wang.url).group()
    for outsider in (cast_a.zhao, cast_a.liu):
        with pytest.raises(Unexpected, match="answers 404"):
            arrive(outsider).open(mine)
    for staff in (cast_a.sun, cast_a.qian):
        person = arrive(staff).open("/staff/enrolments/")
        assert "王小明" not in person.text
        person.open("/staff/enrolments/?q=2024010001")
        assert "王小明" not in person.text
    with pytest.raises(Unexpected, match="answers 403"):
        arrive(cast_a.admin).open("/staff/enrolments/")


def test_cash_and_statistics_agree_for_everybody(cast_a, arrive):
    cast_a.liu.hardships.create(academic_year=2026, category="特困人员", level="特别困难")
    for student in (cast_a.wang, cast_a.liu):
        apply_to_join(arrive(student))
    li, xu, office = arrive(cast_a.li), arrive(cast_a.xu), arrive(cast_a.office)
    for staff in (li, xu, office):
        decide(staff, "approve")
    arrive(cast_a.liu).open("/").sees("已参保")
    li.open("/staff/cash/").sees("王小明")
    assert "刘思雨" not in li.text
    li.post(li.url, do="run", action="take", all="1").sees("1")
    li.open("/staff/cash/book/").sees("T001-000001", "533.00")
    arrive(cast_a.wang).open("/").sees("已参保")

    finance = arrive(cast_a.finance)
    for person in (li, xu, office, finance):
        person.open("/staff/statistics/payments/")
        assert Decimal(person.find(r"实缴 ?¥([0-9.,]+)").replace(",", "")) == Decimal("533.00")
