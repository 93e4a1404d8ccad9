"""自动检查: what a reviewer should look at before deciding. It refuses nobody.

Most of it the database tells each time anew. What only opened data show (a number's checksum, data that
changed since they were confirmed) is kept with the row, and looked for again when the roster moves.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, IsNull
from django.utils.timezone import localdate

from yibao.common.bulk import among
from yibao.common.statements import Text, Told, rows_of, text_of
from yibao.enrolment.models import Enrolment, EnrolmentQuerySet, QuoteLine
from yibao.enrolment.paper_models import Evidence, papers_missing, statement_outstanding
from yibao.enrolment.snapshot import snapshot
from yibao.enrolment.states import Checked, Finding, Intent, Status
from yibao.people.checks import master_faults
from yibao.people.codes import ON_ROLL
from yibao.people.models import Student
from yibao.plans.models import HardshipEntry
from yibao.plans.states import Offered, PlanStatus

CONTACT = {"手机号", "家庭电话", "家庭地址", "邮编"}
"""Of what was confirmed, what students may change themselves at any time."""
KEPT = (Finding.ID_NUMBER, Finding.BIRTH_OR_SEX, Finding.INCOMPLETE, Finding.CHANGED)
OF_FIELD = {
    "id_number": Finding.ID_NUMBER,
    "document_type": Finding.ID_NUMBER,
    "birth_date": Finding.BIRTH_OR_SEX,
    "sex": Finding.BIRTH_OR_SEX,
}


def with_checked(rows: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """Annotate `checked`: whether there is something to look at."""
    return rows.annotate(
        checked=Case(
            When(has_findings(), then=Value(Checked.LOOK.value)),
            default=Value(Checked.CLEAN.value),
            output_field=CharField(),
        )
    )


def with_words(rows: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """Annotate `finding_words`, the labels of all findings."""
    return rows.annotate(finding_words=Told(_said(localdate()), "words", TextField()))


def with_codes(rows: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """Annotate `finding_codes`, for whoever says more of each than its label."""
    return rows.annotate(finding_codes=Told(_said(localdate()), "codes", TextField()))


def to_look_at(rows: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """Those with a finding, where nothing is to be said of each: annotating costs several times as much."""
    return rows.filter(pk__in=rows_of(_found(localdate())))


def has_findings() -> Q:
    """Whether there is something to look at, asked row by row: for a few rows that are read anyway."""
    return Q(IsNull(Told(_found(localdate()), "pk", BigIntegerField()), False))  # noqa: FBT003 - Django's


@lru_cache(maxsize=1)
def _found(today: date) -> Text:
    """The keys of all that have a finding on a day."""
    any_of_them = reduce(or_, map(Q, _conditions(today).values()))
    return text_of(Enrolment.objects.filter(any_of_them).values("pk"))


@lru_cache(maxsize=1)
def _said(today: date) -> Text:
    """What was found in each row, in `codes` and in `words`."""
    found = _conditions(today)
    codes = {test: Value(finding.value) for finding, test in found.items()}
    words = {test: Value(str(finding.label)) for finding, test in found.items()}
    return text_of(
        Enrolment.objects.values("pk", codes=_joined(",", codes), words=_joined("、", words))
    )


def look_again(students: Collection[int] | None = None) -> int:
    """Open what stands in review, and keep what is to be seen there; of these students, or of all.

    Asked where the roster has moved: a submission is right and complete in the moment it is made.
    """
    rows = Enrolment.objects.filter(status=Status.IN_REVIEW, plan__status=PlanStatus.OPEN)
    if students is not None:
        rows = rows.filter(student__in=among(students))
    changed: dict[str, list[int]] = defaultdict(list)
    for row in rows.with_story():
        opened = _opened(row)
        found = ",".join(finding.value for finding in KEPT if finding in opened)
        if found != row.data_findings:
            changed[found].append(row.pk)
    for found, pks in changed.items():
        Enrolment.objects.filter(pk__in=among(pks)).update(data_findings=found)
    return sum(map(len, changed.values()))


def _opened(row: Enrolment) -> set[Finding]:
    """What is to be seen in data that are sealed in the database."""
    found = {OF_FIELD.get(f.field, Finding.INCOMPLETE) for f in master_faults(row.student)}
    now, then = snapshot(row.student), row.snapshot or {}
    if any(then.get(label, value) != value for label, value in now.items() if label not in CONTACT):
        found.add(Finding.CHANGED)
    return found


def _conditions(today: date) -> Mapping[Finding, Any]:
    """When each finding is there on a day, in the order in which they are said."""
    kept = {finding: Q(data_findings__contains=finding.value) for finding in KEPT}
    doubted = Evidence.objects.filter(
        enrolment=OuterRef("pk"), round=OuterRef("round"), doubt__isnull=False
    )
    lines = QuoteLine.objects.filter(enrolment=OuterRef("pk"))
    return {
        Finding.ID_NUMBER: kept[Finding.ID_NUMBER],
        Finding.BIRTH_OR_SEX: kept[Finding.BIRTH_OR_SEX],
        Finding.INCOMPLETE: kept[Finding.INCOMPLETE],
        Finding.DUPLICATE: Exists(
            Student.objects.exclude(id_number_index=b"")
            .filter(id_number_index=OuterRef("student__id_number_index"))
            .exclude(pk=OuterRef("student"))
        ),
        Finding.OFF_ROLL: Q(off_roster=True) | ~Q(student__roster_status__in=ON_ROLL),
        Finding.CHANGED: kept[Finding.CHANGED],
        Finding.CATEGORY: _category_doubtful(lines, today),
        Finding.PROOF: papers_missing() | statement_outstanding() | Q(Exists(doubted)),
        Finding.LAST_YEAR: Exists(
            Enrolment.objects.filter(
                student=OuterRef("student"),
                plan__academic_year=OuterRef("plan__academic_year") - 1,
                status__in=(Status.ENROLLED, Status.OPTED_OUT),
            ).exclude(intent=OuterRef("intent"))
        ),
        Finding.AMOUNT: Q(intent=Intent.JOIN) & Q(_amount_doubtful(lines)),
    }


def _category_doubtful(lines: Any, today: date) -> Any:
    """What only recognised students get, without a recognition today; or one under another name."""
    here = HardshipEntry.objects.standing().filter(
        student=OuterRef("student"), academic_year=OuterRef("plan__academic_year")
    )
    valid = here.filter(
        Q(valid_from=None) | Q(valid_from__lte=today),
        Q(valid_until=None) | Q(valid_until__gte=today),
    )
    asks: Any = Q(intent=Intent.JOIN) & Exists(lines.filter(reduced__gt=0))
    asks |= Q(intent=Intent.STAY_OUT) & Q(reason__offered_to=Offered.RECOGNISED)
    renamed = here.exclude(listed_name="").exclude(listed_name=F("student__name"))
    return (asks & ~Exists(valid)) | Exists(renamed)


def _amount_doubtful(lines: Any) -> Coalesce:
    """No lines, another price than the plan's, or nothing to pay though nothing is reduced: one look at the lines."""
    other = BoolOr(~Q(premium=F("insurance_type__premium")))
    free = Q(Exact(OuterRef("amount_due"), 0)) & Q(BoolOr(Q(premium__gt=0)))
    doubtful = Q(other) | (free & ~Q(BoolOr(Q(reduced__gt=0))))
    told = lines.order_by().values("enrolment").annotate(doubtful=doubtful)
    return Coalesce(Subquery(told.values("doubtful")), Value(True))  # noqa: FBT003 - Django's


def _joined(between: str, parts: Mapping[Any, Value]) -> Func:
    """What stands for each condition that holds, one after the other."""
    cases = (Case(When(test, then=said), output_field=TextField()) for test, said in parts.items())
    return Func(Value(between), *cases, function="concat_ws", output_field=TextField())
