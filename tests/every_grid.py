"""Every list of the URLconf, and the university in which `test_every_grid.py` tries them."""

from collections.abc import Iterator
from copy import deepcopy
from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.cast import Cast, make_cast
from tests.factories import make_plan
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.grid.views import GridView
from yibao.people.codes import TrainingLevel
from yibao.plans.states import PlanStatus
from yibao.reports.flow import hand_in_grade

BACKEND = "django.contrib.auth.backends.ModelBackend"
OF_ONE_COLLEGE = ("li", "he", "xu")
STAFF = ("li", "xu", "qian", "zhang", "office", "finance", "admin", "auditor")


def lists(resolver: URLResolver | None = None, at: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of a list, with its name."""
    resolver = resolver or get_resolver()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from lists(entry, f"{at}{entry.namespace}:" if entry.namespace else at)
        elif issubclass(getattr(entry.callback, "view_class", object), GridView):
            yield f"{at}{entry.name}", entry


def grid_of(name):
    callback = EVERY[name].callback
    return callback.view_initkwargs.get("grid_class") or callback.view_class.grid_class


def handed_in(cast):
    """The rate of a grade, for the lists about one report."""
    plan = make_plan("2026年研究生医保", way="B", training_levels=[TrainingLevel.BACHELOR])
    enlist(plan, by=cast.office)
    rows = Enrolment.objects.filter(plan=plan, student__in=[cast.wang, cast.liu])
    flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.li)
    flow.approve(rows, by=cast.li)
    return hand_in_grade(plan, cast.wang.class_group.major.college, 2024, by=cast.li)


EVERY = dict(lists())


def draft(cast):
    """A plan that is not open yet, for the lists of its dry run."""
    cast.wang.hardships.create(academic_year=2026, category="低保对象", level="困难")
    return make_plan("2027年大学生医保", status=PlanStatus.DRAFT)


ABOUT_ONE = {  # address with a key → what it is the key of
    "staff:grade_roster": handed_in,
    "staff:plan_trial_students": draft,
}


@pytest.fixture(scope="module")
def university(django_db_setup, django_db_blocker) -> Iterator[Cast]:
    """Four students in two colleges, at different points of the story; built once for all lists."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        enlist(make_plan(), by=cast.office)
        submit(cast.wang, cast.zhao, cast.zhou_en)
        flow.approve(Enrolment.objects.filter(student=cast.wang), by=cast.li).or_refuse()
        yield cast
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def sessions(university) -> dict[str, SimpleCookie]:
    """The cookies of everybody who looks, signed in once."""
    found = {}
    for viewer in {*STAFF, *OF_ONE_COLLEGE}:
        client = Client()
        client.force_login(getattr(university, viewer), backend=BACKEND)
        found[viewer] = client.cookies
    return found


@pytest.fixture(scope="module")
def known() -> dict:
    """Who looks at which list, and the plain page each person gets: found out once for all tests."""
    return {}


@pytest.fixture
def cast(university, db) -> Cast:
    """What a test changes is taken back after it: copies, and a savepoint of its own."""
    return deepcopy(university)


def submit(*students):
    for student in students:
        rows = Enrolment.objects.filter(student=student)
        flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=student.user).or_refuse()


@pytest.fixture
def address(cast):
    """The address of a list; of the same thing throughout a test."""
    found = {}

    def address(name):
        if name not in found:
            about = ABOUT_ONE.get(name)
            found[name] = reverse(name, args=[about(cast).pk] if about else [])
        return found[name]

    return address


@pytest.fixture
def seen(client, cast, address, sessions):
    """Get an address of a list as somebody; None where they may not."""

    def get(viewer, name, query="", **more):
        client.cookies = deepcopy(sessions[viewer])
        response = client.get(f"{address(name)}?{query}", **more)
        while response.status_code == 302:
            response = client.get(response["Location"], **more)
        assert response.status_code in (200, 403, 404), response.status_code
        return response if response.status_code == 200 else None

    return get


@pytest.fixture
def page_of(client, seen, address, sessions, known):
    """The plain page of a list as somebody gets it who is signed in, before a test changes anything."""

    def page_of(viewer, name):
        client.cookies = deepcopy(sessions[viewer])
        if (key := (viewer, address(name))) not in known:
            known[key] = seen(viewer, name)
        return known[key]

    return page_of


@pytest.fixture
def fitting_viewer(page_of, known):
    """Somebody who may open the list, rather one who finds something in it."""

    def find(name):
        if name not in known:
            pages = {viewer: page for viewer in STAFF if (page := page_of(viewer, name))}
            assert pages, f"{name}: nobody in the cast may open it"
            full = (viewer for viewer, page in pages.items() if page.context["grid"].page.total)
            known[name] = next(full, next(iter(pages)))
        return known[name]

    return find
