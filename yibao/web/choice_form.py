"""What a student decides, or somebody on the student's behalf: join with which types, or stay out."""

from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.utils.timezone import localdate

from yibao.enrolment.models import Draft, Enrolment
from yibao.enrolment.quoting import quote_for, recognitions
from yibao.enrolment.states import Intent
from yibao.plans.choosing import offered, why_not_choose
from yibao.plans.models import InsuranceType, OptOutReason
from yibao.plans.states import Choosing, Offered

LONGEST_NOTE = 200


@dataclass(frozen=True)
class TypeOption:
    """One insurance type as a tick or a choice of its group."""

    type: InsuranceType
    amount: Decimal
    explanation: str
    chosen: bool

    @property
    def is_fixed(self) -> bool:
        """Whether everybody takes it."""
        return self.type.choosing == Choosing.REQUIRED

    @property
    def is_reduced(self) -> bool:
        """Whether this student pays less than the premium."""
        return self.amount < self.type.premium


@dataclass(frozen=True)
class TypeGroup:
    """Types that exclude each other; `name` is "" for those that stand for themselves."""

    name: str
    field: str
    options: tuple[TypeOption, ...]
    may_be_none: bool
    none_chosen: bool


class ChoiceForm(forms.Form):
    """参保 with which types, or 不参保 and why."""

    intent = forms.ChoiceField(
        choices=Intent,
        error_messages={
            "required": "请选择参保或不参保",
            "invalid_choice": "请选择参保或不参保",
        },
    )
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "说明最多 %(limit_value)d 个字，现在是 %(show_value)d 个"},
    )

    def __init__(self, *args, row: Enrolment, draft: Draft, **kwargs):
        super().__init__(*args, **kwargs)
        self.row, self.draft = row, draft
        self.types = list(row.plan.types.all())
        reasons = row.plan.reasons.prefetch_related("needs__kind")
        self.reasons = offered(reasons, recognitions(row), on=localdate())
        names = dict.fromkeys(t.group for t in self.types if t.group)
        self.group_fields = {name: f"group{n}" for n, name in enumerate(names, start=1)}
        wrong = {"invalid_choice": "请重新选择，这一项已不在计划中"}
        self.fields["reason"] = forms.ChoiceField(
            choices=[(str(r.pk), r.name) for r in self.reasons],
            required=False,
            error_messages=wrong,
        )
        self.fields["types"] = forms.MultipleChoiceField(
            choices=[(str(t.pk), t.name) for t in self.types if not t.group],
            required=False,
            error_messages=wrong,
        )
        for name, field in self.group_fields.items():
            members = [(str(t.pk), t.name) for t in self.types if t.group == name]
            self.fields[field] = forms.ChoiceField(
                choices=members, required=False, label=name, error_messages=wrong
            )
        self.initial = {
            "intent": draft.intent,
            "note": draft.note,
            "reason": str(draft.reason_id or ""),
        }

    def clean(self):
        """The choice must stand by itself; faults stand where they are mended."""
        cleaned = super().clean()
        intent = cleaned.get("intent")
        joins = intent == Intent.JOIN and not self.errors
        if joins and (why := why_not_choose(self.types, self.type_ids)):
            self.add_error("types", why)
        if intent == Intent.STAY_OUT:
            reason = self.reason
            if reason is None and "reason" not in self.errors:
                self.add_error("reason", "请选择不参保的原因")
            if reason and reason.note_required and not cleaned.get("note"):
                self.add_error("note", f"原因为“{reason}”时，请填写说明")
        return cleaned

    @property
    def type_ids(self) -> list[int]:
        """The ticked types, as far as they are the plan's."""
        ticked = list(self.cleaned_data.get("types") or ())
        ticked += [self.cleaned_data.get(field) for field in self.group_fields.values()]
        return [int(pk) for pk in ticked if pk]

    @property
    def reason(self) -> OptOutReason | None:
        """The chosen reason."""
        pk = self.cleaned_data.get("reason")
        return next((r for r in self.reasons if str(r.pk) == pk), None)

    @property
    def opened(self) -> list[OptOutReason]:
        """The reasons that this student may give only because of a recognition."""
        return [reason for reason in self.reasons if reason.offered_to == Offered.RECOGNISED]

    @property
    def changes(self) -> dict[str, object]:
        """What the draft is to keep: all that can be read, also of a form that is not complete."""
        return {
            "intent": self.cleaned_data.get("intent") or self.draft.intent,
            "type_ids": self.type_ids,
            "reason": self.reason,
            "note": self.cleaned_data.get("note", self.draft.note),
        }

    # What the page shows ------------------------------------------------------------------

    @property
    def intent_now(self) -> str:
        """The choice as entered, else as kept."""
        return self["intent"].value() or ""

    @property
    def reason_now(self) -> str:
        """The reason as entered, else as kept."""
        return self["reason"].value() or ""

    @property
    def groups(self) -> list[TypeGroup]:
        """The types in the order of the plan, groups where their first member stands."""
        chosen = self._chosen_now()
        prices = {line.type_id: line for line in quote_for(self.row, self.types).lines}

        def option(t: InsuranceType) -> TypeOption:
            is_chosen = t.choosing == Choosing.REQUIRED or str(t.pk) in chosen
            return TypeOption(t, prices[t.pk].amount, prices[t.pk].explanation, is_chosen)

        alone = tuple(option(t) for t in self.types if not t.group)
        found = (
            [TypeGroup("", "types", alone, may_be_none=False, none_chosen=False)] if alone else []
        )
        for name, field in self.group_fields.items():
            members = tuple(option(t) for t in self.types if t.group == name)
            fixed = any(member.is_fixed for member in members)
            found.append(
                TypeGroup(
                    name,
                    field,
                    members,
                    may_be_none=not fixed and len(members) < len(self.types),
                    none_chosen=not any(member.chosen for member in members),
                )
            )
        return found

    def _chosen_now(self) -> set[str]:
        if not self.is_bound:
            return {str(pk) for pk in self.draft.type_ids}
        ticked = set(self["types"].value() or ())
        return ticked | {self[field].value() or "" for field in self.group_fields.values()}
