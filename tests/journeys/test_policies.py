"""The policies of five cities, entered through the editor alone and taken to the end of the campaign.

Of the plan nothing is made but by sending its forms: what a form cannot say, no city can have.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from tests.factories import make_class, make_staff, make_student
from tests.journeys.policies import POLICIES, Policy, Somebody
from tests.story.setting import rows
from tests.web.staff_reports.editor import edit
from tests.web.student.conftest import words
from yibao.enrolment.models import QuoteLine
from yibao.people.levels import Level
from yibao.people.models import Student
from yibao.plans.models import HardshipEntry, InsurancePlan

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
ALL = {"do": "run", "all": "1"}


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@dataclass
class City:
    """A policy with its students and the people who carry it; the plan is made by its office."""

    policy: Policy
    students: dict[str, Student]
    staff: dict[str, Client]

    @cached_property
    def plan(self) -> InsurancePlan:
        return InsurancePlan.objects.get()

    @property
    def office(self) -> Client:
        return self.staff[Level.SCHOOL]

    @property
    def meant(self) -> list[Somebody]:
        return [who for who in self.policy.people if who.is_meant]

    def row(self, who: Somebody):
        return self.plan.enrolments.get(student=self.students[who.name])

    def page(self, level: str, name: str, **query: str):
        """A list or a page of numbers of the plan, for a post."""
        address, htmx = reverse(f"staff:{name}"), {"HX-Request": "true"} if query else {}
        return self.staff[level].get(address, {"plan": self.plan.pk, **query}, headers=htmx)

    def act(self, level: str, name: str, **fields: str) -> None:
        """Something done there to everybody who is listed."""
        answer = self.staff[level].post(
            f"{reverse(f'staff:{name}')}?plan={self.plan.pk}", ALL | fields
        )
        assert answer.status_code in {200, 302}, words(answer)


def city_of(policy: Policy) -> City:
    students, groups = {}, {}
    for who in policy.people:
        groups[who.grade] = group = make_class(f"{who.grade} 级 1 班", grade=who.grade)
        student = students[who.name] = make_student(group, who.name, **who.fields)
        if who.category:
            HardshipEntry.objects.create(
                student=student, academic_year=policy.year, category=who.category, level="困难"
            )
    college = group.major.college
    staff = {
        Level.COUNSELOR: make_staff("T1", "李静", Level.COUNSELOR, classes=list(groups.values())),
        Level.COLLEGE: make_staff("T2", "徐书记", Level.COLLEGE, college),
        Level.SCHOOL: make_staff("T3", "周主任", Level.SCHOOL),
        Level.FINANCE: make_staff("T4", "钱会计", Level.FINANCE),
    }
    return City(policy, students, {level: client_of(user) for level, user in staff.items()})


# The editor --------------------------------------------------------------------------------------


def save(city: City, key: str, **fields) -> None:
    """One section, from an empty form: nothing but what is typed."""
    answer = city.office.post(edit(city.plan, key), fields)
    assert answer.status_code == 302, (key, answer.context and answer.context["form"].errors)


def enter(city: City) -> None:
    """新建, and every section."""
    policy = city.policy
    name = f"{policy.place} 大学生医保"
    fields = {"name": name, "academic_year": str(policy.year), **policy.windows}
    answer = city.office.post(reverse("staff:plan_new"), fields)
    assert answer.status_code == 302, answer.context["form"].errors
    save(city, "targets", **policy.targets)
    save(city, "types", **rows("types", *policy.types))
    keys = dict(city.plan.types.values_list("name", "pk"))
    rules = (
        {**rule, "insurance_type": str(keys.get(rule.get("type", ""), ""))} for rule in policy.fees
    )
    save(city, "fees", **rows("fee_rules", *rules))
    steps = ({"level": level, "name": name} for level, name in policy.steps)
    save(city, "review", **rows("steps", *steps))
    if any(policy.rates):
        window = policy.windows
        save(city, "rates", rate_reporting="on", rate_from=window["apply_from"],
             rate_until=window["pay_until"])  # fmt: skip
    save(city, "channels", channels=list(policy.channels))
    save(city, "reasons", **rows("reasons", *policy.reasons))
    save(city, "statement", statement_required="")


def open_it(city: City) -> None:
    """试算 counts exactly who is meant; then 开放."""
    address = reverse("staff:plan_open", args=[city.plan.pk])
    assert city.office.get(address).context["trial"].people == len(city.meant)
    city.office.post(address)
    listed = city.plan.enrolments.values_list("student__name", flat=True)
    assert sorted(listed) == sorted(who.name for who in city.meant)


# The campaign ------------------------------------------------------------------------------------


def applies(city: City, who: Somebody) -> None:
    """On the phone: data, choice, amount, confirm."""
    phone, row = client_of(city.students[who.name].user), city.row(who)

    def screen(name: str) -> str:
        return reverse("student:apply_step", args=[row.public_id, name])

    phone.post(screen("data"), {"mobile": "13905910001"})
    choice = words(phone.get(screen("choice")))
    assert [reason for reason in who.may_stay_out_for if reason not in choice] == []
    assert [reason for reason in who.may_not if reason in choice] == []
    if who.out:
        reason = city.plan.reasons.get(name=who.out)
        phone.post(screen("choice"), {"intent": "stay_out", "reason": str(reason.pk)})
    else:
        ticked = who.ticks and {"group1": str(city.plan.types.get(name=who.ticks).pk)}
        phone.post(screen("choice"), {"intent": "join"} | (ticked or {}))
        page = phone.get(screen("amount"))
        assert page.context["amount"] == Decimal(who.amount), who.name
        assert who.because in words(page)
        assert who.coverage in words(page)
    page = phone.get(screen("confirm"))
    answer = phone.post(screen("confirm"), {"seen": page.context["seen"]})
    assert answer.status_code == 302, words(answer)


def pays(city: City, who: Somebody, gateway) -> None:
    """From the order to the cashier and back."""
    phone, row = client_of(city.students[who.name].user), city.row(who)
    phone.post(reverse("student:pay", args=[row.public_id]))
    phone.post(reverse("student:start_payment", args=[row.public_id]), {"channel": "sandbox"})
    order = row.orders.get()
    gateway.pay(order.payments.get().number)
    phone.get(reverse("student:payment_return", args=[order.public_id]))


def all_pay(city: City, gateway) -> None:
    """Whoever owes something: online, or in cash to the counselor."""
    if city.policy.channels == ("cash",):
        city.act(Level.COUNSELOR, "cash", action="take")
        return
    for who in city.meant:
        if not who.out and Decimal(who.amount):
            pays(city, who, gateway)


def hand_in(city: City) -> None:
    """Grade by grade, the college, and the school's word."""
    plan, college = city.plan.pk, next(iter(city.students.values())).class_group.major.college.pk
    for grade in sorted({who.grade for who in city.meant}):
        city.staff[Level.COUNSELOR].post(
            reverse("staff:hand_in_grade", args=[plan, college, grade])
        )
    city.act(Level.COLLEGE, "grade_rates", action="accept")
    city.staff[Level.COLLEGE].post(reverse("staff:hand_in_college", args=[plan, college]))
    city.act(Level.SCHOOL, "college_rates", action="accept")


def comes_to_what_the_notice_says(city: City) -> None:
    """People on 参保统计, money on 缴费统计 and per payer, rates on 学校参保率."""
    policy = city.policy
    total = city.page(Level.SCHOOL, "enrolment_statistics").context["total"]
    assert {cell.name: cell.number for cell in total.cells if cell.number} == (
        policy.standing | {"applied": policy.standing["enrolled"]}
    )
    for level in (Level.SCHOOL, Level.FINANCE):
        whole, _ = city.page(level, "payment_statistics").context["whole"]
        assert (whole.due, whole.paid) == (Decimal(policy.due), Decimal(policy.due)), level
    reduced = QuoteLine.objects.filter(reduced__gt=0).order_by().values_list("payer")
    borne = {payer: Decimal(amount) for payer, amount in policy.payers.items()}
    assert dict(reduced.annotate(n=Sum("reduced"))) == borne
    if any(policy.rates):
        page = city.page(Level.SCHOOL, "school_rate").context
        assert (page["campus_rate"], page["coverage_rate"]) == policy.rates
        assert (page["accepted"], page["frozen_rate"]) == (1, policy.rates[0])


def all_read_the_same(city: City) -> None:
    """The student, the counselor and finance: the same lines, and their sum is the order's."""
    who = next(one for one in city.meant if not one.out and Decimal(one.amount))
    row = city.row(who)
    order = row.orders.get()
    told = client_of(city.students[who.name].user).get(
        reverse("student:order", args=[order.public_id])
    )
    desk = city.page(Level.COUNSELOR, "enrolments", part="detail", pk=str(row.pk))
    bill = city.page(Level.FINANCE, "orders", part="detail", pk=str(order.pk))
    lines = list(row.lines.all())
    assert sum(line.amount for line in lines) == order.amount == Decimal(who.amount)
    for shown in map(words, (told, desk, bill)):
        for line in lines:
            assert line.explanation in shown
            assert f"{line.amount:,.2f}" in shown


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.place)
def test_a_city_s_policy_from_the_editor_to_the_rate(policy, gateway):
    city = city_of(policy)
    enter(city)
    open_it(city)
    for who in city.meant:
        applies(city, who)
    for level, _ in policy.steps:
        city.act(level, "reviews", action="approve")
    all_pay(city, gateway)
    if any(policy.rates):
        hand_in(city)
    comes_to_what_the_notice_says(city)
    all_read_the_same(city)
