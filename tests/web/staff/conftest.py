"""A university with a plan of way A, and clients signed in as its people."""

import pytest
from django.test import Client

from tests.factories import make_plan
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent


@pytest.fixture
def plan(cast):
    plan = make_plan()
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


def of(*students):
    return Enrolment.objects.filter(student__in=students)


def apply(*students, choice=None):
    """The students apply for themselves."""
    for student in students:
        flow.submit(
            of(student), choice or Choice(Intent.JOIN, consent="当面"), by=student.user
        ).or_refuse()


def approve(cast, *students):
    """Through the whole chain of way A: to 待缴费."""
    for student in students:
        college = cast.xu if "计算机" in student.class_group.name else cast.qian
        counselors = {"计算机2401": cast.li, "计算机2402": cast.he, "英语2401": cast.sun}
        for by in (counselors[student.class_group.name], college, cast.office):
            flow.approve(of(student), by=by).or_refuse()
