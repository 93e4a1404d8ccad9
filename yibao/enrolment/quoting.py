"""What one enrolment would cost with some types: before it is submitted, and when it is."""

from collections.abc import Iterable

from django.utils.timezone import localdate

from yibao.enrolment.models import Enrolment
from yibao.plans import pricing
from yibao.plans.models import InsuranceType


def quote_for(row: Enrolment, types: Iterable[InsuranceType]) -> pricing.Quote:
    """The quote of today; asks the database nothing if the row was read `with_story`."""
    year = row.plan.academic_year
    hardships = [e for e in row.student.hardships.all() if e.academic_year == year]
    return pricing.quote(types, hardships, list(row.plan.fee_rules.all()), on=localdate())
