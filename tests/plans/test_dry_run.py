"""试算: what it says is what happens when the plan is opened and everybody takes the usual."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils.timezone import localdate, now
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.factories import make_class, make_plan, make_staff, make_student
from tests.web.student.conftest import words
from yibao.common.errors import Refused
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment, QuoteLine
from yibao.enrolment.roster import open_for_enrolment
from yibao.enrolment.states import Intent
from yibao.people.codes import DocumentType, RosterStatus, TrainingLevel
from yibao.people.levels import Level
from yibao.people.models import Student
from yibao.plans.dry_run import Group, dry_run, faulty, known_categories, members
from yibao.plans.models import HardshipEntry
from yibao.plans.states import Choosing, PlanStatus, Reduction

CATEGORIES = ("特困人员", "低保对象", "孤儿", "残疾学生", "没有规则的类别")
COLLEGES = ("计算机学院", "外国语学院", "药学院")
TENS = "甲乙丙丁戊己庚辛壬癸子丑"


CLASSES = [(college, year) for college in COLLEGES for year in (2023, 2026)]
PEOPLE = 12

recognitions = st.fixed_dictionaries(
    {
        "category": st.sampled_from(CATEGORIES),
        "academic_year": st.sampled_from((2026, 2026, 2026, 2025)),
        "valid_until": st.sampled_from((None, None, localdate() - timedelta(days=1))),
        "listed_name": st.sampled_from(("", "别名")),
        "withdrawn_at": st.sampled_from((None, None, None, now())),
    }
)
people = st.fixed_dictionaries(
    {
        "campus": st.sampled_from(("", "东湖校区", "大学城校区")),
        "training_level": st.sampled_from((TrainingLevel.BACHELOR, TrainingLevel.MASTER)),
        "roster_status": st.sampled_from((RosterStatus.ACTIVE,) * 4 + (RosterStatus.WITHDRAWN,)),
        "fault": st.sampled_from(({}, {}, {}, {"ethnicity": ""}, {"graduates_on": None})),
        "held": st.lists(
            recognitions,
            max_size=3,
            unique_by=lambda held: (held["category"], held["academic_year"]),
        ),
    }
)
fee_rules = st.fixed_dictionaries(
    {
        "category": st.sampled_from(("", *CATEGORIES[:-1])),
        "type": st.sampled_from((None, 0, 1, 2)),
        "reduction": st.sampled_from(Reduction),
        "value": st.decimals(0, 100, places=2),
        "payer": st.sampled_from(("", "民政", "学校")),
    }
)
policies = st.fixed_dictionaries(
    {
        "premiums": st.lists(st.decimals(0, 999, places=2), min_size=3, max_size=3),
        "training_levels": st.sampled_from((["bachelor"], ["bachelor", "master"])),
        "grades": st.sampled_from(([], [], [2023])),
        "campuses": st.sampled_from(([], [], ["东湖校区"])),
        "rules": st.lists(fee_rules, max_size=5),
    }
)


@pytest.fixture
def roster(cast):
    """Students in classes of all colleges; what kind of students they are is decided later."""
    Student.objects.update(roster_status=RosterStatus.WITHDRAWN)
    classes = [make_class(f"{college}{year}", college, f"{college}专业", year)
               for college, year in CLASSES]  # fmt: skip
    make_staff("L1", "辅导员", Level.COUNSELOR, classes=classes[:4])
    return [make_student(classes[n % len(classes)], f"学生{TENS[n]}") for n in range(PEOPLE)]


def become(students, kinds):
    """Students of every kind, some with faults, some recognised once or more."""
    for student, kind in zip(students, kinds, strict=True):
        fields = {name: value for name, value in kind.items() if name not in {"fault", "held"}}
        for name, value in (fields | kind["fault"]).items():
            setattr(student, name, value)
    names = ["campus", "training_level", "roster_status", "ethnicity", "graduates_on"]
    Student.objects.bulk_update(students, names)
    HardshipEntry.objects.bulk_create(
        HardshipEntry(student=student, level="困难", **held)
        for student, kind in zip(students, kinds, strict=True)
        for held in kind["held"]
    )


def drafted(policy):
    named = {name: policy[name] for name in ("training_levels", "grades", "campuses")}
    basic, *more = policy["premiums"]
    plan = make_plan(status=PlanStatus.DRAFT, premium=basic, **named)
    plan.steps.all().delete()
    plan.fee_rules.all().delete()
    for premium, choosing in zip(more, (Choosing.DEFAULT, Choosing.OPTIONAL), strict=True):
        plan.types.create(name=choosing.label, premium=premium, choosing=choosing, position=2)
    kinds = list(plan.types.all())
    for rule in policy["rules"]:
        chosen = rule["type"]
        fields = {name: value for name, value in rule.items() if name != "type"}
        plan.fee_rules.create(insurance_type=None if chosen is None else kinds[chosen], **fields)
    return plan


@settings(
    deadline=None,
    max_examples=12,
    # Each example takes part of a second in the database: a failing one is told as it is.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(kinds=st.lists(people, min_size=PEOPLE, max_size=PEOPLE), policy=policies)
def test_what_the_dry_run_says_is_what_happens(cast, roster, kinds, policy):
    cache.clear()
    with transaction.atomic():
        become([Student.objects.get(pk=student.pk) for student in roster], kinds)
        _what_it_says_is_what_happens(cast, drafted(policy))
        transaction.set_rollback(True)


def _what_it_says_is_what_happens(cast, plan):
    said, stopped = dry_run(plan), set(faulty(plan))
    behind = {
        group: set(members(plan, group, said).values_list("pk", flat=True)) for group in Group
    }
    assert {group: said.count(group) for group in Group if group != Group.FAULTY} == {
        group: len(pks) for group, pks in behind.items() if group != Group.FAULTY
    }

    if not said.people:
        with pytest.raises(Refused, match="没有符合条件的学生"):
            open_for_enrolment(plan, by=cast.office)
        return
    added = open_for_enrolment(plan, by=cast.office)
    rows = Enrolment.objects.filter(plan=plan)
    assert added == said.people == rows.count() == len(behind[Group.ALL])
    usual = [kind.pk for kind in plan.types.all() if kind.choosing != Choosing.OPTIONAL]
    outcome = flow.submit(
        rows, Choice(Intent.JOIN, type_ids=tuple(usual), consent="当面"), by=cast.office
    )
    refused = rows.filter(pk__in=outcome.refused)
    assert set(refused.values_list("student", flat=True)) == stopped == behind[Group.FAULTY]
    # Their data are put right; then they too apply.
    Student.objects.filter(pk__in=stopped).update(ethnicity="汉", graduates_on=date(2030, 6, 30))
    flow.submit(refused, Choice(Intent.JOIN, type_ids=tuple(usual), consent="当面"), by=cast.office)
    assert not rows.exclude(intent=Intent.JOIN).exists()

    lines = QuoteLine.objects.filter(enrolment__plan=plan)
    total = lines.aggregate(p=Sum("premium"), r=Sum("reduced"), a=Sum("amount"))
    nothing = Decimal(0)
    assert (said.standard, said.reduced, said.due) == tuple(total[k] or nothing for k in "pra")
    owed = dict(rows.values_list("student", "amount_due"))
    assert {pk for pk, amount in owed.items() if not amount} == behind[Group.ZERO]
    less = set(lines.filter(reduced__gt=0).values_list("enrolment__student", flat=True))
    assert less == behind[Group.REDUCED]

    college = "enrolment__student__class_group__major__college__name"
    by_college = lines.order_by(college).values_list(college).annotate(a=Sum("amount"))
    assert {c.name: c.due for c in said.by_college} == dict(by_college)
    free = Counter(
        rows.filter(amount_due=0).values_list(college.removeprefix("enrolment__"), flat=True)
    )
    assert {c.name: c.zero_fee for c in said.by_college if c.zero_fee} == dict(free)
    by_payer = lines.filter(reduced__gt=0).order_by("payer").values_list("payer")
    assert {p.name: p.reduced for p in said.by_payer} == {
        payer or "没有写明": amount for payer, amount in by_payer.annotate(r=Sum("reduced"))
    }
    assert sum((c.reduced for c in said.by_category), nothing) == said.reduced
    assert sum(c.people for c in said.by_college) == said.people


@pytest.fixture
def draft(cast):
    return make_plan(status=PlanStatus.DRAFT)


def recognise(student, category, **fields):
    HardshipEntry.objects.create(
        academic_year=2026, student=student, category=category, level="困难", **fields
    )


def names(plan, group):
    return sorted(student.name for student in members(plan, group, dry_run(plan)))


def test_each_conflict_names_exactly_its_students(cast, draft):
    yesterday = localdate() - timedelta(days=1)
    draft.fee_rules.update(category="低保对象")
    recognise(cast.wang, "低保对象")
    recognise(cast.wang, "孤儿")
    recognise(cast.liu, "低保对象", valid_until=yesterday)
    recognise(cast.zhao, "孤儿", listed_name="赵外国语")
    recognise(cast.zhou_en, "低保对象", withdrawn_at="2026-09-01T00:00+08:00")
    alone = make_student(make_class("无人带班"), "孤单", document_type=DocumentType.PASSPORT)
    assert names(draft, Group.SEVERAL) == ["王小明"]
    assert names(draft, Group.EXPIRED) == ["刘思雨"]
    assert names(draft, Group.RENAMED) == ["赵外语"]
    assert names(draft, Group.UNMATCHED) == ["赵外语"]
    assert names(draft, Group.REDUCED) == names(draft, Group.ZERO) == ["王小明"]
    assert names(draft, Group.RECOGNISED) == ["王小明", "赵外语"]
    assert names(draft, Group.ALONE) == ["孤单"]
    assert faulty(draft) == [alone.pk]
    Student.objects.filter(pk=alone.pk).update(document_type=DocumentType.ID_CARD)
    assert known_categories() == ["低保对象", "孤儿"]


def test_what_was_found_by_looking_is_looked_at_again_when_data_change(cast, draft):
    assert faulty(draft) == []
    cast.wang.ethnicity = ""
    cast.wang.save()
    assert faulty(draft) == [cast.wang.pk]


def test_queries_do_not_grow(cast, draft, django_assert_num_queries):
    def more(count):
        for _ in range(count):
            recognise(make_student(cast.classes.cs1, "多"), "低保对象")

    more(1)
    with django_assert_num_queries(5):
        dry_run(draft)
    more(20)
    with django_assert_num_queries(5):
        dry_run(draft)


# The page ----------------------------------------------------------------------------------------


@pytest.fixture
def office(cast, client):
    client.force_login(cast.office, backend="django.contrib.auth.backends.ModelBackend")
    return client


def is_what_its_list_comes_to(office, number, href):
    """A count is as many rows, an amount the sum of them."""
    page = office.get(href).context["grid"].page
    if isinstance(number, int):
        return page.total == number
    yuan = Decimal(str(number).lstrip("¥").replace(",", ""))
    return yuan in {page.sums["due"], page.sums["reduced"]}


def test_every_number_of_the_page_is_the_length_of_its_list(cast, draft, office):
    draft.fee_rules.update(reduction=Reduction.FIXED, value=Decimal("133.50"))
    recognise(cast.wang, "低保对象")
    recognise(cast.wang, "孤儿", listed_name="王明")
    recognise(cast.zhao, "孤儿")
    make_student(make_class("无人带班"), "孤单")
    page = office.get(reverse("staff:plan_trial", args=[draft.pk]))
    shown = page.context
    linked = [(s["number"], s["href"]) for s in shown["trial_stats"] if s.get("href")]
    linked += [(item["number"], item["href"]) for item in shown["odd"]]
    linked += [(c["portion"].people, c["href"]) for c in shown["colleges"]]
    linked += [(c["portion"].zero_fee, c["zero_href"]) for c in shown["colleges"]]
    linked += [(c["portion"].reduced, c["reduced_href"]) for c in shown["colleges"]]
    linked += [(level["number"], level["href"]) for level in shown["levels"]]
    linked += [(c["portion"].people, c["href"]) for c in shown["by_category"]]
    linked += [(c["portion"].zero_fee, c["zero_href"]) for c in shown["by_category"]]
    linked += [(p["portion"].people, p["href"]) for p in shown["by_payer"]]
    linked += [(shown["trial"].people, shown["all_hrefs"]["all"]),
               (shown["trial"].reduced, shown["all_hrefs"]["reduced"])]  # fmt: skip
    assert len(linked) == 23
    for number, href in linked:
        assert is_what_its_list_comes_to(office, number, href), (number, href)
    part = office.get(f"{reverse('staff:plan_trial', args=[draft.pk])}?part=faulty")
    assert "没有人资料有问题" in part.content.decode()


def test_the_list_of_a_college_sums_to_its_line(cast, draft, office):
    draft.fee_rules.update(reduction=Reduction.FIXED, value=Decimal("133.50"))
    recognise(cast.wang, "低保对象")
    page = office.get(reverse("staff:plan_trial", args=[draft.pk]))
    for line in page.context["colleges"]:
        sums = office.get(line["href"]).context["grid"].page.sums
        portion = line["portion"]
        assert (sums["standard"], sums["reduced"], sums["due"]) == (
            portion.standard,
            portion.reduced,
            portion.due,
        )
    pk = cast.wang.pk
    address = reverse("staff:plan_trial_students", args=[draft.pk])
    detail = office.get(f"{address}?part=detail&pk={pk}", headers={"HX-Request": "true"})
    assert "定额减免 133.50 元" in detail.content.decode()


def test_the_list_of_faulty_data_names_what_is_faulty(cast, draft, office):
    # What was found is kept until somebody's data change, which every change notes.
    Student.objects.filter(pk=cast.wang.pk).update(
        ethnicity="", graduates_on=None, updated_at=now()
    )
    address = reverse("staff:plan_trial_students", args=[draft.pk])
    page = words(office.get(f"{address}?group=faulty"))
    assert "王小明" in page
    assert "民族、拟毕业时间" in page
    assert "刘思雨" not in page
    found = office.get(f"{address}?sort=-faults&cols=name,faults").context["grid"].page
    assert found.total == dry_run(draft).people


def test_fee_rules_without_a_list_of_the_year_are_pointed_out(cast, draft, office):
    address = reverse("staff:plan_trial", args=[draft.pk])
    sentence = "2026-2027 学年的贫困生名单里没有参保对象"
    assert sentence in words(office.get(address))
    recognise(cast.wang, "低保对象")
    assert sentence not in words(office.get(address))
    HardshipEntry.objects.all().delete()
    draft.fee_rules.all().delete()
    assert sentence not in words(office.get(address))
