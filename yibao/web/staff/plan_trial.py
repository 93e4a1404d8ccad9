"""试算 of a plan on the present roster, and for each of its numbers the list of exactly those students."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, CharField, DecimalField, F, OuterRef, Subquery, Value, When
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from yibao.grid.columns import Choice, Money, Text
from yibao.grid.grid import Link
from yibao.grid.query import GridQuery
from yibao.grid.views import GridView
from yibao.people.checks import master_faults
from yibao.people.codes import DocumentType, RosterStatus, TrainingLevel
from yibao.people.scope import ScopedQuerySet
from yibao.people.units import counselors_of, with_all_counselors
from yibao.plans.dry_run import DryRun, Group, dry_run, faults_of, faulty, members, usual_types
from yibao.plans.models import HardshipEntry, InsurancePlan
from yibao.plans.pricing import quote
from yibao.plans.states import PlanStatus
from yibao.web.staff.columns import SEARCH_HINT, counselors, of_student
from yibao.web.staff.lists import StaffGrid

YUAN = DecimalField(max_digits=10, decimal_places=2)
ODD = (
    (Group.SEVERAL, "按减免最多的一类计算"),
    (Group.EXPIRED, "名单里有认定，但今天不在有效期内，不减免"),
    (Group.RENAMED, "名册里的姓名与导入名单时不同，请核对是不是同一个人"),
    (Group.UNMATCHED, "认定类别没有对应的减免规则，按标准缴费"),
    (Group.ALONE, "没有人审核和提醒，请系统管理员配置辅导员"),
)


@require_safe
def plan_trial(request, pk):
    """试算: the numbers, or alone how many have faulty data, which takes longer."""
    plan = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    if request.GET.get("part") == "faulty":
        page = {"plan": plan, "number": len(faulty(plan)), "href": _href(plan, Group.FAULTY)}
        return render(request, "staff/plans/_faulty.html", page)
    page = {"plan": plan, "status": PlanStatus(plan.status)}
    return render(request, "staff/plans/trial.html", page | trial_of(plan))


def trial_of(plan: InsurancePlan) -> dict[str, Any]:
    """The variables of staff/plans/_trial.html."""
    found = dry_run(plan)
    return {
        "trial": found,
        "trial_stats": _stats(plan, found),
        "unlisted": found.waives and not found.quotes,
        "odd": [
            {"label": group.label, "number": n, "href": _href(plan, group), "hint": hint}
            for group, hint in ODD
            if (n := found.count(group))
        ],
        "colleges": [
            {
                "portion": portion,
                "href": _href(plan, Group.ALL, college=portion.name),
                "reduced_href": _href(plan, Group.REDUCED, college=portion.name),
                "zero_href": _href(plan, Group.ZERO, college=portion.name),
            }
            for portion in found.by_college
        ],
        "all_hrefs": {
            group.value: _href(plan, group) for group in (Group.ALL, Group.REDUCED, Group.ZERO)
        },
        "levels": [
            {
                "label": level.label,
                "number": n,
                "href": _href(plan, Group.ALL, training_level=level),
            }
            for level, n in found.by_level
        ],
        "by_category": [
            {
                "portion": portion,
                "href": _href(plan, Group.ALL, category=portion.name),
                "zero_href": _href(plan, Group.ZERO, category=portion.name),
            }
            for portion in found.by_category
        ],
        "by_payer": [
            {"portion": portion, "href": _href(plan, Group.REDUCED, payer=portion.name)}
            for portion in found.by_payer
        ],
    }


def _stats(plan: InsurancePlan, found: DryRun) -> list[dict[str, Any]]:
    taken = "、".join(found.types) or "没有必选和默认勾选的类型"

    def people(group: Group) -> dict[str, Any]:
        return {
            "label": group.label,
            "number": found.count(group),
            "unit": "人",
            "href": _href(plan, group),
        }

    return [
        people(Group.ALL),
        {
            "label": "应缴合计",
            "number": f"¥{found.due:,.2f}",
            "note": f"每人 ¥{found.price:,.2f}（{taken}）",
            "href": _href(plan, Group.ALL),
        },
        {
            "label": "减免合计",
            "number": f"¥{found.reduced:,.2f}",
            "href": _href(plan, Group.REDUCED),
        },
        people(Group.RECOGNISED),
        people(Group.REDUCED),
        people(Group.ZERO),
    ]


def _href(
    plan: InsurancePlan, group: Group, *, college: str = "", training_level: str = "", **named: str
) -> str:
    extra = (("group", group.value), *named.items())
    narrowed = (("college", college), ("training_level", training_level))
    filters = tuple((name, str(value)) for name, value in narrowed if value)
    query = GridQuery(extra=extra, filters=filters).to_query_string()
    return f"{reverse('staff:plan_trial_students', args=[plan.pk])}?{query}"


class TrialGrid(StaffGrid):
    """The students behind a number of a dry run, with what each would pay."""

    key = "trial"
    title = "试算名单"
    columns = (
        *of_student(""),
        Choice(name="training_level", label="培养层次", choices=TrainingLevel),
        Choice(name="document_type", label="证件类型", choices=DocumentType),
        Choice(name="roster_status", label="学籍状态", choices=RosterStatus),
        Text(name="campus", label="校区"),
        Text(name="faults", label="有问题的资料"),
        Text(name="categories", label="困难认定"),
        Money(name="standard", label="标准", total=True),
        Money(name="reduced", label="减免", total=True),
        Money(name="due", label="应缴", total=True),
        counselors(),
    )
    default_order = "student_no"
    offered = ("college", "grade", "class_group", "training_level")
    row_label = ("student_no", "name")
    search_hint = SEARCH_HINT
    empty_text = "没有这样的学生；回到试算可以看其他人群"
    params = ("group", "category", "payer")

    @property
    def usual(self) -> tuple[str, ...]:
        """What each would pay; of faulty data what is faulty."""
        who = ("student_no", "name", "college", "major", "grade", "class_group")
        if self.group == Group.FAULTY:
            return (*who, "faults", "counselors")
        return (*who, "categories", "standard", "reduced", "due", "counselors")

    @property
    def added(self) -> Mapping[tuple[str, ...], Any]:
        """To look at everybody's data takes seconds: only if somebody asks."""
        return {("faults",): self._with_faults, ("all_counselors",): with_all_counselors}

    @property
    def plan(self) -> InsurancePlan:
        """Whose dry run it is."""
        return self.context["plan"]

    @property
    def trial(self) -> DryRun:
        """Made once, also when the list is asked for something else."""
        if "trial" not in self.context:
            self.context["trial"] = dry_run(self.plan)
        return self.context["trial"]

    @property
    def group(self) -> Group:
        """Which of its numbers; all targets if the address does not say."""
        asked = self.param("group")
        return Group(asked) if asked in Group.values else Group.ALL

    def rows(self) -> ScopedQuerySet:
        """The school office sees every student; nobody else gets here."""
        rows = members(self.plan, self.group, self.trial)
        if category := self.param("category"):
            rows = rows.filter(pk__in=self.trial.categories.get(category, ()))
        if payer := self.param("payer"):
            rows = rows.filter(pk__in=self.trial.payers.get(payer, ()))
        listed = (
            HardshipEntry.objects.visible_to(self.viewer)
            .standing()
            .filter(student=OuterRef("pk"), academic_year=self.plan.academic_year)
        )
        names = (
            listed.order_by()
            .values("student")
            .annotate(names=StringAgg("category", "、", order_by="category"))
        )
        # PostgreSQL sorts by no constant: even the one price is a case.
        price = When(pk__isnull=False, then=Value(self.trial.price, output_field=YUAN))
        return rows.annotate(
            categories=Subquery(names.values("names")),
            counselors=counselors_of("class_group"),
            standard=Case(price, output_field=YUAN),
            due=Case(*self._reduced(), price, output_field=YUAN),
        ).annotate(reduced=F("standard") - F("due"))

    def _with_faults(self, rows: ScopedQuerySet) -> ScopedQuerySet:
        """The names of the faulty fields; few different ones, each with its students."""
        by_words: dict[str, list[int]] = defaultdict(list)
        for pk, said in faults_of(self.plan).items():
            by_words[said].append(pk)
        known = [When(pk__in=pks, then=Value(said)) for said, pks in by_words.items()]
        blank = When(pk__isnull=True, then=Value(""))
        return rows.annotate(
            faults=Case(*known, blank, default=Value(""), output_field=CharField())
        )

    def _reduced(self) -> list[When]:
        """A few different amounts, each with the students who would pay it."""
        by_amount: dict[Any, list[int]] = defaultdict(list)
        for pk, found in self.trial.quotes.items():
            if found.amount != self.trial.price:
                by_amount[found.amount].append(pk)
        return [
            When(pk__in=pks, then=Value(amount, output_field=YUAN))
            for amount, pks in by_amount.items()
        ]

    def links_for(self, _viewer: Any) -> Iterable[Link]:
        """Back to the numbers."""
        yield Link("返回试算", reverse("staff:plan_trial", args=[self.plan.pk]), icon="arrow-left")

    def detail_rows(self) -> ScopedQuerySet:
        """With what checks and quotes read."""
        rows = self.rows().select_related("class_group__major__college")
        return rows.prefetch_related("hardships")

    def detail(self, row: Any) -> tuple[str, dict[str, Any]]:
        """Why this one would pay so much, and what is wrong with the data."""
        year = self.plan.academic_year
        held = [entry for entry in row.hardships.all() if entry.academic_year == year]
        rules = list(self.plan.fee_rules.all())
        return "staff/plans/_trial_detail.html", {
            "student": row,
            "facts": self.facts(row.pk),
            "faults": master_faults(row),
            "hardships": held,
            "lines": quote(usual_types(self.plan), held, rules, on=localdate()).lines,
        }


class TrialStudents(GridView):
    """The page of such a list."""

    grid_class = TrialGrid
    template_name = "staff/plans/trial_students.html"

    def grid_context(self, request, pk):
        """The plan, also a draft."""
        plans = InsurancePlan.objects.visible_to(request.user)
        return {"plan": get_object_or_404(plans, pk=pk)}

    def page_context(self, grid):
        """Which students these are."""
        named = [grid.group.label, grid.param("category"), grid.param("payer")]
        return super().page_context(grid) | {
            "plan": grid.plan,
            "of": " · ".join(filter(None, named)),
        }
