"""The policies of five cities, entered through the editor alone, opened, and seen by named students."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_class, make_staff, make_student
from tests.journeys.policies import POLICIES, Policy, Somebody
from tests.story.setting import rows
from tests.web.staff_reports.editor import edit
from tests.web.student.conftest import words
from yibao.people.levels import Level
from yibao.people.models import Student
from yibao.plans.models import HardshipEntry, InsurancePlan

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def students_of(policy: Policy) -> dict[str, Student]:
    found = {}
    for who in policy.people:
        group = make_class(f"{who.grade} 级 1 班", grade=who.grade)
        student = found[who.name] = make_student(group, who.name, **who.fields)
        if who.category:
            HardshipEntry.objects.create(
                student=student, academic_year=policy.year, category=who.category, level="困难"
            )
    return found


def save(office: Client, plan: InsurancePlan, key: str, **fields) -> None:
    """One section, from an empty form: nothing but what is typed."""
    mark = office.get(edit(plan, key)).context["mark"]
    answer = office.post(edit(plan, key), {"mark": mark, **fields})
    assert answer.status_code == 302, (key, answer.context and answer.context["form"].errors)


def enter(office: Client, policy: Policy) -> InsurancePlan:
    """新建, and every section."""
    name = f"{policy.place} 大学生医保"
    fields = {"name": name, "academic_year": str(policy.year), **policy.windows}
    answer = office.post(reverse("staff:plan_new"), fields)
    assert answer.status_code == 302, answer.context["form"].errors
    plan = InsurancePlan.objects.get(name=name)
    save(office, plan, "targets", **policy.targets)
    save(office, plan, "types", **rows("types", *policy.types))
    steps = ({"level": level, "name": name} for level, name in policy.steps)
    save(office, plan, "review", **rows("steps", *steps))
    if policy.rates:
        window = policy.windows
        save(office, plan, "rates", rate_reporting="on", rate_from=window["apply_from"],
             rate_until=window["pay_until"])  # fmt: skip
    save(office, plan, "channels", channels=list(policy.channels))
    save(office, plan, "reasons", **rows("reasons", *policy.reasons))
    save(office, plan, "statement", statement_required="")
    keys = dict(plan.types.values_list("name", "pk"))
    rules = (
        {**rule, "insurance_type": str(keys.get(rule.get("type", ""), ""))} for rule in policy.fees
    )
    save(office, plan, "fees", **rows("fee_rules", *rules))
    return plan


def open_it(office: Client, plan: InsurancePlan, policy: Policy) -> None:
    """试算 counts exactly who is meant; then 开放."""
    meant = [who for who in policy.people if who.amount is not None]
    page = office.get(reverse("staff:plan_open", args=[plan.pk]))
    assert page.context["trial"].people == len(meant)
    office.post(reverse("staff:plan_open", args=[plan.pk]))
    assert plan.enrolments.count() == len(meant)


def ticked(plan: InsurancePlan, name: str) -> dict[str, str]:
    """What choosing a type of the plan's only group sends."""
    return {"group1": str(plan.types.get(name=name).pk)} if name else {}


def sees_the_price(plan: InsurancePlan, student: Student, who: Somebody) -> None:
    """On the phone: data, choice, amount."""
    phone = client_of(student.user)
    row = plan.enrolments.get(student=student)

    def screen(name: str) -> str:
        return reverse("student:apply_step", args=[row.public_id, name])

    phone.post(screen("data"), {"mobile": "13905910001"})
    choice = words(phone.get(screen("choice")))
    assert [reason for reason in who.may_stay_out_for if reason not in choice] == []
    assert [reason for reason in who.may_not if reason in choice] == []
    phone.post(screen("choice"), {"intent": "join", **ticked(plan, who.ticks)})
    page = phone.get(screen("amount"))
    assert page.context["amount"] == Decimal(who.amount), who.name
    shown = words(page)
    assert who.because in shown
    assert who.coverage in shown


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.place)
def test_a_city_s_policy_is_entered_through_the_editor_alone(policy):
    office = client_of(make_staff("T021", "周主任", Level.SCHOOL))
    students = students_of(policy)
    plan = enter(office, policy)
    open_it(office, plan, policy)
    for who in policy.people:
        if who.amount is None:
            assert not plan.enrolments.filter(student=students[who.name]).exists(), who.name
        else:
            sees_the_price(plan, students[who.name], who)


def test_the_student_the_counselor_and_finance_read_the_same_lines():
    """From the screen of the student to the order: one text, one sum."""
    policy = POLICIES[-1]
    staff = {
        level: make_staff(f"T{place}", level.label, level)
        for place, level in enumerate((Level.SCHOOL, Level.FINANCE))
    }
    office = client_of(staff[Level.SCHOOL])
    students = students_of(policy)
    who = next(one for one in policy.people if one.name == "渝资助")
    student = students[who.name]
    counselor = make_staff("T9", "辅导员", Level.COUNSELOR, classes=[student.class_group])
    college = student.class_group.major.college
    officer = make_staff("T8", "书记", Level.COLLEGE, college)
    plan = enter(office, policy)
    open_it(office, plan, policy)
    sees_the_price(plan, student, who)
    row = plan.enrolments.get(student=student)
    phone, at_desk = client_of(student.user), client_of(counselor)
    price, confirm = (
        reverse("student:apply_step", args=[row.public_id, name]) for name in ("amount", "confirm")
    )
    told, page = phone.get(price), phone.get(confirm)
    line = page.context["lines"][0]
    phone.post(confirm, {"seen": page.context["seen"]})
    hx = {"headers": {"HX-Request": "true"}}
    list_of = f"?plan={plan.pk}&part=detail&pk={row.pk}"
    detail = at_desk.get(reverse("staff:enrolments") + list_of, **hx)
    for by, step in ((counselor, at_desk), (officer, client_of(officer))):
        sent = {"do": "run", "action": "approve", "pk": row.pk}
        step.post(f"{reverse('staff:reviews')}?plan={plan.pk}", sent)
        assert by
    at_desk.post(
        f"{reverse('staff:cash')}?plan={plan.pk}", {"do": "run", "action": "take", "pk": row.pk}
    )
    order = row.orders.get()
    money = client_of(staff[Level.FINANCE])
    bill = money.get(f"{reverse('staff:orders')}?plan={plan.pk}&part=detail&pk={order.pk}", **hx)
    for shown in (words(told), words(detail), words(bill)):
        assert line["explanation"] in shown
        assert f"{line['amount']:,.2f}" in shown
    assert order.amount == line["amount"] == Decimal(10)
