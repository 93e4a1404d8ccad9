"""One student with a phone, and everybody who decides about the application."""

import re
from dataclasses import dataclass
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_plan
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.people.models import Student
from yibao.plans.models import InsurancePlan

CHROME = re.compile(r"<(head|script|style|template)\b.*?</\1>", re.DOTALL)


def words(response) -> str:
    """What stands on the screen, in one line."""
    text = CHROME.sub(" ", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


@dataclass
class Phone:
    """A student's browser, without JavaScript."""

    client: Client
    student: Student
    plan: InsurancePlan

    @property
    def row(self) -> Enrolment:
        """My enrolment, as it is now."""
        rows = Enrolment.objects.select_related("current_step", "reason", "student", "plan")
        return rows.get(student=self.student, plan=self.plan)

    @property
    def order(self):
        """My newest order."""
        return self.row.orders.latest("pk")

    def address(self, name, *args) -> str:
        return reverse(f"student:{name}", args=args or [self.row.public_id])

    def see(self, name="home", *args, **query) -> str:
        """What a page shows; it must open at once."""
        address = reverse("student:home") if name == "home" else self.address(name, *args)
        response = self.client.get(address, query)
        assert response.status_code == 200, (response.status_code, words(response))
        return words(response)

    def screen(self, screen: str) -> str:
        return self.address("apply_step", self.row.public_id, screen)

    def look(self, screen: str) -> str:
        response = self.client.get(self.screen(screen))
        assert response.status_code == 200, response.status_code
        return words(response)

    def answer(self, screen: str, **data):
        return self.client.post(self.screen(screen), data)

    def confirm_data(self, **changes):
        contact = {"mobile": self.student.mobile} | changes
        response = self.answer("data", **contact)
        assert response.url == self.screen("choice"), words(response)

    def seen(self) -> str:
        page = self.client.get(self.screen("confirm")).content.decode()
        return re.search(r'name="seen" value="(\w+)"', page)[1]

    def submit(self, **choice):
        """The whole flow; the page that follows."""
        self.confirm_data()
        self.answer("choice", **({"intent": "join"} | choice))
        return self.client.post(self.screen("confirm"), {"seen": self.seen()}, follow=True)


def of(*students) -> object:
    return Enrolment.objects.filter(student__in=students)


@pytest.fixture
def plan(cast) -> InsurancePlan:
    plan = make_plan()
    enlist(plan, by=cast.office)
    return plan


@pytest.fixture
def phone_of(plan):
    """A phone for anybody."""

    def make(student) -> Phone:
        client = Client()
        client.force_login(student.user, backend="django.contrib.auth.backends.ModelBackend")
        return Phone(client, student, plan)

    return make


@pytest.fixture
def wang(cast, phone_of) -> Phone:
    """王小明's phone."""
    return phone_of(cast.wang)


@pytest.fixture
def submitted(cast, wang) -> Phone:
    """王 has applied."""
    flow.submit(of(cast.wang), Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).or_refuse()
    return wang


@pytest.fixture
def owing(cast, submitted) -> Phone:
    """王 has passed all three steps and owes the fee."""
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(of(cast.wang), by=by, comment="同意").or_refuse()
    return submitted
