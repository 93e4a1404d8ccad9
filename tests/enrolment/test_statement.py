"""承诺书: the text for one student, what counts as a signature, the paper and its check."""

import pytest
from django.db import connection

from tests.enrolment.staying_out import JOIN, SIGNED, of, out, plan
from tests.enrolment.test_strokes import NAME
from yibao.common.errors import Refused
from yibao.enrolment import flow, statement
from yibao.enrolment.paper_models import Statement
from yibao.enrolment.statement import Signature
from yibao.enrolment.states import Manner

__all__ = ["plan"]


def test_the_text_is_the_students_own_and_stays_as_it_was_signed(cast, plan):
    plan.statement_text = "{姓名} {学号} {学院} {专业} {班级} {学年} {计划} {保障期} {原因}"
    plan.save()
    choice = out(plan, 1, note="随父母", signature=SIGNED)
    flow.submit(of(cast.wang), choice, by=cast.wang.user).or_refuse()
    said = (
        "王小明 2024010001 计算机学院 软件工程 计算机2401 2026-2027 2026年大学生医保"
        " 2027-01-01 至 2027-12-31 自愿放弃（随父母）"
    )
    before = statement.version_of(plan)
    plan.statement_text = "别的文字"
    plan.save()
    signed = Statement.objects.get()
    assert (signed.text, signed.plan_version) == (said, before)
    assert statement.version_of(plan) != before
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, signature FROM enrolment_statement")
        [row] = cursor.fetchall()
    assert not any("王小明".encode() in bytes(part) or b"100,100" in bytes(part) for part in row)


@pytest.mark.parametrize(
    ("manner", "drawn", "typed", "sentence"),
    [
        ("drawn", NAME, "", ""),
        ("drawn", "", "王小明", "请先在框内手写签名"),
        ("drawn", "1,1", "", "签名太短"),
        ("typed", "", "王小明", ""),
        ("typed", "", " 王 小明　", ""),
        ("typed", NAME, "", "请键入您的姓名"),
        ("typed", "", "王小刚", "键入的姓名与“王小明”不一致"),
        ("nonsense", "", "王小明", "请先在框内手写签名"),
    ],
)
def test_what_counts_as_a_signature(cast, manner, drawn, typed, sentence):
    if not sentence:
        made = statement.signature_of(cast.wang, manner, drawn=drawn, typed=typed)
        assert made == Signature(Manner(manner), NAME if manner == "drawn" else "王小明")
        return
    with pytest.raises(Refused, match=sentence):
        statement.signature_of(cast.wang, manner, drawn=drawn, typed=typed)


@pytest.mark.parametrize(
    ("name", "typed"),
    [("阿依古丽·买买提", "阿依古丽•买买提"), ("Anna O'Neil", "anna o'neil"), ("㑇一", "㑇 一")],
)
def test_names_are_compared_as_people_type_them(cast, name, typed):
    cast.wang.name = name
    assert statement.signature_of(cast.wang, "typed", drawn="", typed=typed).mark == name


def test_the_paper_is_checked_by_its_code(cast, plan):
    flow.submit(of(cast.wang), out(plan, 1, signature=SIGNED), by=cast.wang.user).or_refuse()
    signed = Statement.objects.get()
    sheet = statement.sheet_of(signed)
    assert len(signed.number) == 18
    found = statement.find_statement(signed.number, sheet.code.lower().replace("-", " "))
    assert found == sheet
    assert (sheet.stands, sheet.manner, sheet.typed) == (True, "手写签名", "")
    assert cast.wang.id_number not in repr(sheet)
    for number, code in (
        (signed.number, "0000-0000-0000-0000"),
        ("0" * 18, sheet.code),
        ("x", "y"),
    ):
        assert statement.find_statement(number, code) is None
    signed.text += "。"
    assert statement.code_of(signed) != sheet.code


@pytest.mark.parametrize("act", ["send_back", "withdraw", "join"])
def test_a_paper_that_was_superseded_says_so(cast, plan, act):
    flow.submit(of(cast.wang), out(plan, 1, signature=SIGNED), by=cast.wang.user).or_refuse()
    signed = Statement.objects.get()
    if act == "send_back":
        flow.send_back(of(cast.wang), by=cast.li, comment="再想想").or_refuse()
    else:
        flow.withdraw(of(cast.wang), by=cast.wang.user).or_refuse()
    if act == "join":
        flow.submit(of(cast.wang), JOIN, by=cast.wang.user).or_refuse()
    found = statement.find_statement(signed.number, statement.code_of(signed))
    assert found.stands is False


def test_it_makes_a_pdf_whatever_is_in_it(cast, plan):
    plan.statement_text = '#panic("x") *a* $1$ "{原因}" {姓名} @b <c> \\ // ' + "很长的一段。" * 400
    plan.save()
    flow.submit(of(cast.wang), out(plan, 1, signature=SIGNED), by=cast.wang.user).or_refuse()
    typed = Signature(Manner.TYPED, "刘思雨")
    flow.submit(of(cast.liu), out(plan, 1, signature=typed), by=cast.liu.user).or_refuse()
    for signed in Statement.objects.all():
        paper = statement.statement_pdf(statement.sheet_of(signed), "https://x.example/?a=1&b=2")
        assert paper.startswith(b"%PDF")
