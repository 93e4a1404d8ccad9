"""Every list and page opens for those whose it is, and looks the same for 1 row and for 30."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_plan, make_student
from tests.web.staff.conftest import apply, approve, of
from yibao.enrolment.roster import enlist
from yibao.payments import flow as payments

LISTS = {
    "reviews": "li xu office",
    "enrolments": "li xu office",
    "unregistered": "li xu office",
    "requirements": "li",
    "cash": "li",
    "cash_book": "li",
    "orders": "li xu office finance",
    "refunds": "finance",
    "hardship": "li xu office",
    "students": "li xu office",
}
PAGES = [(name, who) for name, everybody in LISTS.items() for who in everybody.split()]


@pytest.mark.parametrize(("name", "who"), PAGES)
def test_the_page_opens(cast, plan, as_, name, who):
    assert as_(getattr(cast, who)).get(reverse(f"staff:{name}")).status_code == 200
