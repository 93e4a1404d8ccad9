"""Sixty students of one college, one of another, and who looks at them."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.http import QueryDict

from tests.grid.lists import StudentGrid
from tests.grid.on_page import HERE
from yibao.accounts.models import User
from yibao.common.crypto import blind_index
from yibao.grid.query import GridQuery
from yibao.people.codes import RosterStatus, Sex
from yibao.people.levels import Level
from yibao.people.models import College, Major, Post, Student

ID_NUMBER = "11010519491231002X"
MOBILE = "13800138000"


def enrol(class_group, number, name, **more):
    user = User.objects.create(username=number, name=name)
    return Student.objects.create(
        user=user, student_no=number, name=name, class_group=class_group, **more
    )


@pytest.fixture
def campus(db):
    computing = College.objects.create(name="计算机学院")
    languages = College.objects.create(name="外国语学院")
    c1 = Major.objects.create(college=computing, name="软件工程").classes.create(
        grade=2025, name="软工2501"
    )
    c2 = Major.objects.create(college=languages, name="英语").classes.create(
        grade=2026, name="英语2601"
    )
    Student.objects.bulk_create(
        Student(
            user=user,
            student_no=user.username,
            name=user.name,
            class_group=c1,
            sex=Sex.MALE if i % 2 else Sex.FEMALE,
            birth_date=date(2007, 1, 1 + i % 28),
            roster_status=RosterStatus.SUSPENDED if i < 3 else RosterStatus.ACTIVE,
        )
        for i, user in enumerate(
            User.objects.bulk_create(User(username=f"2025{i:04}", name=f"生{i}") for i in range(60))
        )
    )
    outside = enrol(
        c2,
        "20260001",
        "=1+1",
        id_number=ID_NUMBER,
        id_number_index=blind_index(ID_NUMBER),
        mobile=MOBILE,
        mobile_index=blind_index(MOBILE),
    )
    people = {}
    for name, level, college in (
        ("school", Level.SCHOOL, None),
        ("xu", Level.COLLEGE, computing),
        ("zhao", Level.COLLEGE, languages),
    ):
        people[name] = User.objects.create(username=name, name=name)
        Post.objects.create(user=people[name], level=level, college=college)
    return SimpleNamespace(
        outside=outside, c1=c1, c2=c2, computing=computing, languages=languages, **people
    )


@pytest.fixture
def listed(campus):
    """The list as somebody sees it at an address."""

    def make(params="", viewer=None, grid_class=StudentGrid):
        query = GridQuery.read(QueryDict(params), grid_class.params)
        return grid_class(viewer or campus.school, query)

    return make


@pytest.fixture
def numbers(listed):
    """The student numbers that a query finds."""

    def find(params="", viewer=None):
        return [s.student_no for s in listed(params, viewer).matching]

    return find


@pytest.fixture
def page(transactional_db, campus, open_page):
    """The list in a browser, as the school sees it."""
    page = open_page(campus.school)
    page.goto(HERE)
    return page
