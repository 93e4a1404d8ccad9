"""The rows of the plan editor: types, steps, reasons, fee rules; added, removed, put in order."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from yibao.people.levels import REVIEWING
from yibao.plans import amending, coverage, faults
from yibao.plans.amending import Locks
from yibao.plans.dry_run import known_categories
from yibao.plans.editing import stored, why_not_drop_kinds, why_not_drop_types
from yibao.plans.models import InsurancePlan
from yibao.plans.states import Choosing, CountsAs, Need, Offered, Reduction
from yibao.web.staff.plan_forms import day_field, moment_field

MOST_ROWS = 30
LAST = 10**6
MOST_DIGITS, CENTS = 8, 2
MOST_CATEGORY = 40
SEPARATORS = re.compile(r"[、，,;；]")


def yuan_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DecimalField:
    """An amount in yuan, any amount, also 533 or 0."""
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=0,
        max_digits=MOST_DIGITS,
        decimal_places=CENTS,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )


class Row(forms.Form):
    """One row of a part; `pk` tells it from a new one."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)

    aside: tuple[str, ...] = ()
    """Fields that are seldom needed: folded away until one of them is filled."""
    aside_label = ""
    apart_label = ""

    @property
    def apart(self) -> list[Any]:
        """Fields that belong together and stand on a line of their own."""
        return []

    @staticmethod
    def further(_row: Any) -> dict[str, Any]:
        """What a form starts from beside the row's own attributes."""
        return {}

    def __init__(self, *args: Any, plan: InsurancePlan, locks: Locks, **kwargs):
        super().__init__(*args, **kwargs)
        self.plan, self.locks = plan, locks

    def lock(self) -> None:
        """Grey what may not change of a stored row; called once all its fields are there."""
        key = self.initial.get("pk")
        self.why_not_drop = self.locks.drop(key) if key else ""
        labels: dict[str, list[str]] = {self.why_not_drop: ["删除"]}
        for name, field in self.fields.items() if key and self.locks.are_on else ():
            if name == "pk":
                field.disabled = True
            elif name in SERVICE:
                continue
            elif why := self.locks.row_field(key, self.behind(name)):
                field.disabled = True
                field.widget.attrs["title"] = why
                labels.setdefault(why, []).append(str(field.label))
        # What is said of the rows as a whole need not be said of each.
        self.why_locked = [
            f"{'、'.join(named)}：{why}"
            for why, named in labels.items()
            if why not in ("", self.locks.add)
        ]

    @staticmethod
    def behind(name: str) -> str:
        """What of the stored row a field stands for."""
        return name

    @property
    def upfront(self) -> list[Any]:
        """The fields that are always in sight."""
        apart = {*self.aside, *(field.name for field in self.apart)}
        return [field for field in self.visible_fields() if field.name not in apart]

    @property
    def folded(self) -> list[Any]:
        """Those that are folded away."""
        return [field for field in self.visible_fields() if field.name in self.aside]

    @property
    def unfolded(self) -> bool:
        """Whether there is something in them to be seen."""
        usual = ("", None)
        return any(
            field.value() not in (*usual, field.field.initial) or field.errors
            for field in self.folded
        )


class TypeRow(Row):
    """参保类型."""

    name = forms.CharField(label="参保类型", max_length=60)
    premium = yuan_field("参保金额（元）")
    government_subsidy = yuan_field("财政补助（元）", required=False)
    choosing = forms.ChoiceField(label="选择方式", choices=Choosing, initial=Choosing.REQUIRED)
    group = forms.CharField(
        label="分组",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "如：基本医保"}),
    )
    coverage_start = day_field("参保开始日期", required=False)
    coverage_end = day_field("参保结束日期", required=False)
    freshman_coverage_start = day_field("新生参保开始日期", required=False)
    freshman_coverage_end = day_field("新生参保结束日期", required=False)

    aside = (*coverage.USUAL, *coverage.FRESHMEN)
    aside_label = "参保起止与计划不同时填写"

    def clean_government_subsidy(self):
        """Nothing means none."""
        return self.cleaned_data["government_subsidy"] or 0


class StepRow(Row):
    """审核环节."""

    level = forms.ChoiceField(
        label="审核级别", choices=[(level.value, level.label) for level in REVIEWING]
    )
    name = forms.CharField(
        label="环节名称",
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "如：辅导员审核"}),
    )
    opens_at = moment_field("审核开始时间", required=False)
    closes_at = moment_field("审核截止时间", required=False)


class KindRow(Row):
    """证明材料的种类."""

    name = forms.CharField(
        label="证明材料",
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": "如：参保凭证", "list": "usual-kinds"}),
    )
    hint = forms.CharField(
        label="拍摄要求",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"placeholder": "如：截图要能看到姓名、参保年度和参保地"}),
    )


class ReasonRow(Row):
    """不参保原因."""

    name = forms.CharField(label="不参保原因", max_length=40)
    counts_as = forms.ChoiceField(label="统计口径", choices=CountsAs, initial=CountsAs.OPTED_OUT)
    note_required = forms.BooleanField(label="须填写说明", required=False)
    offered_to = forms.ChoiceField(
        label="提供给", choices=Offered, initial=Offered.ALL, required=False
    )
    categories = forms.CharField(
        label="限认定类别",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "全部类别；几个用“、”隔开"}),
    )

    aside = ("offered_to", "categories")
    aside_label = "只提供给已认定的困难学生"
    apart_label = "要交的证明材料"

    @property
    def apart(self) -> list[Any]:
        """One for each kind of evidence of the plan."""
        return [self[name] for name in self.kinds]

    def __init__(self, *args: Any, **kwargs):
        super().__init__(*args, **kwargs)
        self.kinds = {f"kind{kind.pk}": kind for kind in self.plan.evidence_kinds.all()}
        for name, kind in self.kinds.items():
            self.fields[name] = forms.ChoiceField(
                label=kind.name, choices=Need, initial=Need.NONE, required=False
            )

    def clean_offered_to(self):
        """Nothing said means everybody."""
        return self.cleaned_data["offered_to"] or Offered.ALL

    def clean_categories(self):
        """The categories one by one."""
        named = SEPARATORS.split(self.cleaned_data["categories"])
        found = list(dict.fromkeys(name.strip() for name in named if name.strip()))
        if any(len(name) > MOST_CATEGORY for name in found):
            raise forms.ValidationError(f"一个认定类别最多 {MOST_CATEGORY} 个字，几个请用“、”隔开")
        return found

    def clean(self):
        """Which kinds are asked for, by their key."""
        cleaned = super().clean()
        entered = {kind.pk: cleaned.pop(name, "") for name, kind in self.kinds.items()}
        cleaned["needs"] = {pk: need for pk, need in entered.items() if need not in ("", Need.NONE)}
        return cleaned

    @staticmethod
    def behind(name: str) -> str:
        """Each kind is a field of the form; the stored row has all of them as one."""
        return "needs" if name.startswith("kind") else name

    @staticmethod
    def further(row: Any) -> dict[str, Any]:
        """The kinds that a stored reason asks for."""
        kinds = {f"kind{need.kind_id}": need.need for need in row.needs.all()}
        return kinds | {"categories": "、".join(row.categories)}


class FeeRow(Row):
    """减免规则."""

    category = forms.CharField(
        label="认定类别",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": "全部认定类别", "list": "categories"}),
    )
    insurance_type = forms.ChoiceField(label="参保类型", required=False)
    reduction = forms.ChoiceField(label="减免方式", choices=Reduction, initial=Reduction.FULL)
    value = yuan_field("减免数值", required=False)
    payer = forms.CharField(
        label="由谁承担",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": "如：医疗救助资金"}),
    )

    def __init__(self, *args: Any, **kwargs):
        super().__init__(*args, **kwargs)
        self.types = {str(kind.pk): kind for kind in self.plan.types.all()}
        names = [(pk, kind.name) for pk, kind in self.types.items()]
        self.fields["insurance_type"].choices = [("", "全部参保类型"), *names]

    def clean_insurance_type(self):
        """The type itself; None for all."""
        return self.types.get(self.cleaned_data["insurance_type"])

    def clean_value(self):
        """Nothing means none."""
        return self.cleaned_data["value"] or 0


class Rows(forms.BaseFormSet):
    """The rows of a part, with what is wrong with them taken together."""

    part = ""

    def clean(self):
        """Faults of rows compared with each other, said at the row."""
        if any(self.errors):
            return
        entered = self.ordered()
        rows = self.values()
        if reason := self.why_not_drop([row["pk"] for row in rows]) or self.why_not_replace(rows):
            raise forms.ValidationError(reason)
        for (place, name), sentence in faults.row_faults(self.part, rows).items():
            entered[place].add_error(name, sentence)

    def why_not_drop(self, kept: list[int | None]) -> str:
        """Why a row cannot be taken away; "" means it can."""
        why_not = WHY_NOT_DROP.get(self.part)
        if why_not is None:
            return ""
        plan = self.form_kwargs["plan"]
        return why_not(plan, [row for row in getattr(plan, self.part).all() if row.pk not in kept])

    def why_not_replace(self, rows: list[dict[str, Any]]) -> str:
        """Why an open plan may not take these rows."""
        locks: Locks = self.form_kwargs["locks"]
        if not locks.are_on:
            return ""
        there = stored(locks.plan, self.part)
        return amending.why_not_replace(locks.plan, self.part, there, rows, locks.underway)

    def ordered(self) -> list[Row]:
        """The rows that stay, in their order; one that was added and left empty does not."""
        there = self.initial_form_count()
        stay = [
            form
            for place, form in enumerate(self.forms)
            if not (self.can_delete and self._should_delete_form(form))
            and (place < there or form.has_changed())
        ]
        return sorted(stay, key=lambda form: form.cleaned_data.get("ORDER") or LAST)

    def values(self) -> list[dict[str, Any]]:
        """What was entered, row by row in order."""
        return [
            {name: value for name, value in form.cleaned_data.items() if name not in SERVICE}
            for form in self.ordered()
        ]

    def add_fields(self, form, index):
        """The marks of order and removal are moved by buttons, never typed."""
        super().add_fields(form, index)
        form.lock()
        for name in ("ORDER", "DELETE"):
            if name in form.fields:
                form.fields[name].widget = forms.HiddenInput()

    @property
    def in_order(self) -> list[Row]:
        """All rows as they are shown: by the order entered, those taken away still there."""

        def place(form: Row) -> tuple[int, int]:
            raw = str(form["ORDER"].value() or "")[:6] if "ORDER" in form.fields else ""
            index = self.forms.index(form)
            return int(raw) if raw.isascii() and raw.isdecimal() else LAST, index

        return sorted(self.forms, key=place)


SERVICE = {"ORDER", "DELETE"}
WHY_NOT_DROP: dict[str, Any] = {"types": why_not_drop_types, "evidence_kinds": why_not_drop_kinds}
ROWS: dict[str, type[Row]] = {
    "types": TypeRow,
    "steps": StepRow,
    "evidence_kinds": KindRow,
    "reasons": ReasonRow,
    "fee_rules": FeeRow,
}
LOST = "表单内容不完整，请刷新页面后重新填写"
TOO_MANY = f"最多 {MOST_ROWS} 行，请删去一些"


def rows_of(
    part: str, plan: InsurancePlan, data: Mapping[str, Any] | None = None, *, locks: Locks
) -> Rows:
    """The rows of a part of a plan, as stored or as entered."""
    factory = forms.formset_factory(
        ROWS[part],
        formset=type("PlanRows", (Rows,), {"part": part}),
        extra=0,
        can_order=True,
        can_delete=True,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS * 2,
        validate_max=True,
    )
    return factory(
        data,
        prefix=part,
        initial=None if data is not None and not locks.are_on else initial_of(part, plan),
        form_kwargs={"plan": plan, "locks": locks},
        error_messages={"missing_management_form": LOST, "too_many_forms": TOO_MANY},
    )


def initial_of(part: str, plan: InsurancePlan) -> list[dict[str, Any]]:
    """The stored rows as a form starts from them."""
    form = ROWS[part]
    names = [name for name in form.base_fields if name != "pk"]
    return [
        {"pk": row.pk} | {name: getattr(row, attribute(name)) for name in names} | form.further(row)
        for row in getattr(plan, part).all()
    ]


def attribute(name: str) -> str:
    """The attribute of a row behind a field: a choice of another row is its key."""
    return "insurance_type_id" if name == "insurance_type" else name


def categories() -> list[str]:
    """认定类别 to choose from; any other may be typed."""
    return known_categories()
