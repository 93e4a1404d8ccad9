"""A university with a plan of each way, clients signed in as its people, and steps of the story."""

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import resolve

from tests.cast import Cast
from tests.factories import make_plan, make_student
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.grid.query import GridQuery
from yibao.plans.states import PlanStatus


@pytest.fixture
def cast(masters, db) -> Cast:
    """Four students, all postgraduates: those of the plan of way B."""
    return masters()


@pytest.fixture
def way_a(cast):
    """A plan of way A with ten undergraduates in three classes."""
    classes = cast.classes
    for number, group in enumerate([classes.cs1] * 4 + [classes.cs2] * 3 + [classes.en1] * 3):
        make_student(group, f"本科{'甲乙丙丁戊己庚辛壬癸'[number]}", f"2024300{number:03d}")
    plan = make_plan()
    enlist(plan, by=cast.office)
    return plan


@pytest.fixture
def way_b(cast):
    """A plan of way B for the four postgraduates."""
    plan = make_plan("2026年研究生医保", way="B", premium="400.00")
    enlist(plan, by=cast.office)
    return plan


@pytest.fixture
def as_():
    """`as_(user)`: a client who is signed in."""

    def client(user) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return client


@pytest.fixture
def draft(cast):
    return make_plan("草稿计划", status=PlanStatus.DRAFT)


@pytest.fixture
def office(cast, as_):
    return as_(cast.office)


def rows(plan, *numbers) -> list[Enrolment]:
    """Enrolments of a plan by student number, or all in that order."""
    found = plan.enrolments.order_by("student__student_no")
    return list(found.filter(student__student_no__in=numbers) if numbers else found)


def of(*enrolments):
    return Enrolment.objects.filter(pk__in=[row.pk for row in enrolments])


def register(plan, student, by, reason=""):
    """The student decides and the counselor approves."""
    mine = plan.enrolments.filter(student=student)
    choice = Choice(Intent.JOIN, consent="当面")
    if reason:
        choice = Choice(Intent.STAY_OUT, consent="当面", reason=plan.reasons.get(name=reason))
    flow.submit(mine, choice, by=student.user).or_refuse()
    flow.approve(mine, by=by).or_refuse()


def listed(user, href):
    """The list behind a link, as that person sees it, without drawing its page."""
    address, _, query = href.partition("?")
    grid_class = resolve(address).func.view_class.grid_class
    return grid_class(user, GridQuery.read(QueryDict(query), grid_class.params))


def length(user, href) -> int:
    """How many rows the list behind a link has; a link that is not understood fails."""
    grid = listed(user, href)
    assert grid.faults == (), href
    return grid.narrowed.count()


def said(response) -> list[str]:
    """The messages that the page has for the person."""
    return [str(message) for message in response.context["messages"]]
