"""What a school calls its plan in English: which texts there are, what may be said, who reads it."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import make_cast
from tests.factories import make_plan
from tests.web.matrix_world import BACKEND
from yibao.accounts.models import User
from yibao.common.english.catalogue import in_english, reading_of, with_own
from yibao.enrolment import drafts
from yibao.enrolment.roster import enlist
from yibao.notify.models import Message
from yibao.notify.sending import _english
from yibao.payments.receipts import ReceiptLine, ReceiptSheet, receipt_pdf
from yibao.people.codes import DocumentType
from yibao.people.models import Student
from yibao.plans import flow
from yibao.plans.english import Text, lacking, own_words, texts, why_not
from yibao.plans.models import InsurancePlan
from yibao.plans.states import PlanStatus

pytestmark = pytest.mark.django_db
TYPE, PLAN = "江畔大学专属保障", "江畔大学 2026 级专属保障计划"
STATEMENT = "本人{姓名}决定不参保。\n\n原因：{原因}，我已知悉。"
SIGNED = "I, {姓名}, do not join.\n\nThe reason is {原因}, and I know what it means."


@pytest.fixture
def plan():
    made = make_plan(PLAN, statement_text=STATEMENT, statement_required=True)
    made.types.update(name=TYPE)
    return made


def test_every_text_of_a_plan_once_and_which_of_them_stay_chinese(plan):
    plan.steps.update(name=TYPE)
    said = [text.chinese for text in texts(plan)]
    assert said.count(TYPE) == 1
    assert [text.chinese for text in lacking(plan)] == [PLAN, TYPE, STATEMENT]
    plan.english = {TYPE: "Riverside cover", PLAN: "Riverside plan", STATEMENT: SIGNED}
    assert lacking(plan) == []


@pytest.mark.parametrize(
    ("chinese", "english", "why"),
    [
        ("一", "", ""),
        ("一", "One", ""),
        ("一", "x" * 201, "最多 200 个字符"),
        ("一\n\n二", "One\nTwo", ""),
        ("一\n二", "One", "中文 2 段，英文 1 段"),
        ("{姓名}同意", "{姓名} agrees", ""),
        ("{姓名}同意", "{name} agrees", "中文里没有“{name}”"),
    ],
)
def test_what_may_be_said(chinese, english, why):
    found = why_not(Text("", chinese), english)
    assert why in found if why else found == ""


def test_the_schools_own_words_go_before_the_catalogue_and_only_where_they_are_known(plan):
    InsurancePlan.objects.filter(pk=plan.pk).update(
        english={TYPE: "Riverside cover", "学号": "Matriculation number", STATEMENT: SIGNED}
    )
    sentence = f"按“{TYPE}”标准缴费 60.00 元"
    assert in_english("学号") == "Student number"
    with with_own(own_words):
        assert in_english(sentence) == 'Standard price of "Riverside cover": ¥60.00'
        assert in_english("学号") == "Matriculation number"
        read = reading_of(STATEMENT.replace("{姓名}", "ANNA").replace("{原因}", "外地参保"))
    assert read == [
        "I, ANNA, do not join.",
        "The reason is Insured elsewhere, and I know what it means.",
    ]
    assert in_english("学号") == "Student number"


def test_a_draft_says_nothing_yet_and_the_later_year_wins(plan):
    InsurancePlan.objects.filter(pk=plan.pk).update(english={TYPE: "Old"})
    make_plan("下一年", academic_year=2040, english={TYPE: "New"})
    make_plan("草稿", academic_year=2041, status=PlanStatus.DRAFT, english={TYPE: "Not yet"})
    assert own_words() == {TYPE: "New"}


def test_next_years_plan_keeps_it(plan):
    year = plan.academic_year
    plan.name = f"{year} 年保障"
    plan.english = {plan.name: f"Cover {year}", TYPE: "Riverside cover"}
    plan.save()
    copy = flow.copy_plan(plan, by=make_cast().office)
    assert copy.english == {f"{year + 1} 年保障": f"Cover {year + 1}", TYPE: "Riverside cover"}


# Pages and paper ------------------------------------------------------------------------------
def test_from_the_editor_to_the_students_page_letter_and_receipt(plan):
    cast = make_cast()
    enlist(plan, by=cast.office)
    office, student = Client(), Client()
    office.force_login(cast.office, backend=BACKEND)
    student.force_login(cast.wang.user, backend=BACKEND)
    address = reverse("staff:plan_edit", args=[plan.pk, "english"])
    form = office.get(address).context["form"]
    names = {text.chinese: name for name, text in form.texts.items()}
    # A wrong text is said at its field, and the others are kept.
    sent = {names[TYPE]: "Riverside cover", names[STATEMENT]: "too short"}
    answer = office.post(address, sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        names[STATEMENT]: ["段落要和中文一一对应：中文 2 段，英文 1 段"]
    }
    assert 'value="Riverside cover"' in answer.text
    assert office.post(address, sent | {names[STATEMENT]: SIGNED}).status_code == 302
    plan.refresh_from_db()
    assert (plan.english, plan.version) == ({TYPE: "Riverside cover", STATEMENT: SIGNED}, 2)

    # Offered to who comes from abroad, decided by nobody else.
    assert "View in English" not in student.get("/").text
    Student.objects.filter(pk=cast.wang.pk).update(document_type=DocumentType.PASSPORT)
    assert "View in English" in student.get("/").text
    student.post(reverse("accounts:language"), {"language": "en"})
    assert "View in English" not in student.get("/").text

    row = plan.enrolments.get(student=cast.wang)
    Student.objects.filter(pk=cast.wang.pk).update(document_type=DocumentType.ID_CARD)
    drafts.keep(row, data_confirmed=True)
    page = student.get(reverse("student:apply_step", args=[row.public_id, "choice"])).text
    assert "Riverside cover" in page
    assert "Some texts were written by the university and have no English" in page
    InsurancePlan.objects.filter(pk=plan.pk).update(english=plan.english | {PLAN: "Riverside plan"})
    page = student.get(reverse("student:apply_step", args=[row.public_id, "choice"])).text
    assert "Riverside plan" in page
    assert "Some texts were written" not in page
    message = Message(title=PLAN, text="", to=User.objects.get(pk=cast.wang.user_id))
    assert "Riverside plan" in _english(message, "a@b.cn", "").title


def test_a_receipt_is_chinese_and_has_the_english_beside_it(monkeypatch):
    told = {}
    monkeypatch.setattr("yibao.common.papers.typeset", lambda _, what: told.update(what) or b"")
    words = dict.fromkeys(ReceiptSheet.__dataclass_fields__, "") | {
        "lines": (ReceiptLine("意外伤害保险", 60, "按“意外伤害保险”标准缴费 60.00 元"),),
        "amount": 60,
        "paid_at": make_plan().apply_from,
        "refunded": 0,
    }
    receipt_pdf(ReceiptSheet(**words), "x")
    assert told["beside"] == {}
    receipt_pdf(ReceiptSheet(**words), "x", english=True)
    assert told["beside"]["意外伤害保险"] == "Accident insurance"
    assert told["beside"]["收据编号"] == "Receipt number"
