"""The university of the journeys on a running web server, with a payment gateway beside it."""

import pytest
from django.contrib.auth.hashers import make_password

from tests.cast import Cast, make_cast
from tests.factories import make_plan
from tests.story.person import PASSWORD, Person
from yibao.accounts.models import User
from yibao.enrolment.roster import enlist
from yibao.people.codes import TrainingLevel


def give_passwords(cast: Cast) -> None:
    """Staff have a password of their own; students come with the end of their ID number."""
    staff = User.objects.filter(student__isnull=True)
    staff.update(password=make_password(PASSWORD))


@pytest.fixture
def cast_a(transactional_db) -> Cast:
    """Undergraduates, with an open plan of way A."""
    cast = make_cast()
    enlist(make_plan("2026年本科生医保"), by=cast.office)
    give_passwords(cast)
    return cast


@pytest.fixture
def cast_b(transactional_db) -> Cast:
    """Postgraduates, with an open plan of way B."""
    cast = make_cast(TrainingLevel.MASTER)
    enlist(make_plan("2026年研究生医保", way="B"), by=cast.office)
    give_passwords(cast)
    return cast


@pytest.fixture
def arrive(live_server, settings):
    """Let somebody come in by the door."""
    settings.ALLOWED_HOSTS = ["*"]
    people: dict[str, Person] = {}

    def arrive(who) -> Person:
        student = getattr(who, "student_no", "")
        number = student or who.username
        if number not in people:
            password = who.id_number[-6:] if student else PASSWORD
            people[number] = Person(live_server.url, number, who.name).sign_in(password)
        return people[number]

    yield arrive
    for person in people.values():
        person.close()
