"""A roster that comes in between: it wins, but for a list from before a change took effect."""

from datetime import timedelta

import pytest
from django.utils.timezone import localdate, now

from tests.factories import make_class, make_staff
from tests.people.rosters import line, roster
from yibao.people import transitions
from yibao.people.levels import Level
from yibao.people.models import Student
from yibao.people.roster import import_roster
from yibao.people.states import TransitionKind as Kind
from yibao.people.states import TransitionState as State
from yibao.people.transition_models import Transition
from yibao.people.transitions import Change

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(tmp_path):
    assert import_roster(roster(tmp_path, line(1), line(2)), by=None).errors == []
    return make_staff("T021", "周主任", Level.SCHOOL)


def enter(kind, office, *, on=0, to=None):
    rows = Student.objects.filter(student_no="20240001")
    transitions.enter(rows, Change(kind, localdate() + timedelta(days=on), "文件", to), by=office)[
        0
    ].or_refuse()


def bring(tmp_path, **changes):
    report = import_roster(roster(tmp_path, line(1, **changes), line(2)), by=None)
    return [fault.message for fault in report.errors]


def now_at():
    student = Student.objects.select_related("class_group").get(student_no="20240001")
    return student.class_group.name, student.roster_status


def test_an_older_list_does_not_put_back_what_took_effect(office, tmp_path):
    enter(Kind.TRANSFER, office, to=make_class("软件2402", major="软件工程"))
    [said] = bring(tmp_path)
    assert said == (
        f"转专业或转班自 {localdate()} 起已生效，名册里还是之前的“软件2401”，"
        "请用新的名册，或删去这一行；异动有误请先登记一次新的异动"
    )
    assert now_at() == ("软件2402", "active")
    assert bring(tmp_path, 班级="软件2402") == []
    # A third class is news.
    assert bring(tmp_path, 班级="软件2403") == []
    assert now_at() == ("软件2403", "active")


def test_a_status_is_guarded_in_the_same_way_and_for_a_while(office, tmp_path):
    enter(Kind.SUSPEND, office)
    [said] = bring(tmp_path)
    assert said.startswith(f"休学自 {localdate()} 起已生效，名册里还是之前的“在读”")
    Transition.objects.update(effective_on=localdate() - timedelta(days=60))
    assert bring(tmp_path) == []
    assert now_at() == ("软件2401", "active")


def test_what_waits_lets_the_list_win_and_follows_on_its_day(office, tmp_path):
    enter(Kind.SUSPEND, office, on=7)
    assert bring(tmp_path, 班级="软件2402", 学籍状态="保留学籍") == []
    assert now_at() == ("软件2402", "retained")
    Transition.objects.update(effective_on=localdate())
    transitions.take_effect()
    assert now_at() == ("软件2402", "suspended")


def test_cancelled_and_failed_ones_guard_nothing(office, tmp_path):
    enter(Kind.SUSPEND, office)
    Transition.objects.update(state=State.FAILED, ended_at=now())
    assert bring(tmp_path) == []
