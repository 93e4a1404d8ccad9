"""A button over the chosen rows: its verb, its rule, what it asks, and its preview."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet

from yibao.common.outcome import Outcome

if TYPE_CHECKING:
    from yibao.grid.grid import Grid
    from yibao.grid.models import Phrase

Fields = Mapping[str, forms.Field]
PREVIEWED = 5000
NAMED = 5
LONGEST = 200


class Opinion(forms.CharField):
    """Free words with phrases (常用语) that can be put in by one click: built in, and one's own.

    One's own are kept per person and `kind`, so that actions of one kind share them.
    """

    def __init__(self, *, kind: str = "", phrases: tuple[str, ...] = (), **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(**kwargs)
        self.kind = kind
        self.phrases = phrases
        self.own: list[Phrase] = []

    def offered(self) -> tuple[str, ...]:
        """What everybody is offered; asked when the field is about to be shown."""
        return self.phrases


def opinion(
    label: str,
    *,
    required: bool = False,
    kind: str = "",
    phrases: tuple[str, ...] = (),
    longest: int = LONGEST,
) -> Opinion:
    """A field for an opinion or a reason."""
    return Opinion(label=label, required=required, kind=kind, phrases=phrases, max_length=longest)


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something done to rows: `run` does it, `why_not(rows, by)` foretells.

    `run` is a verb as it stands: called with the rows, `by`, and each of the `fields` by its name.
    `why_not` answers {pk: sentence} for those of a set of rows that it would refuse; `ready` reads
    what it needs. `about` gives template and variables of what the preview says of the others.
    `undo(rows, by=…, until=…, asked=…)` takes back, for some minutes, what the person did to rows
    before `until`; it refuses those that somebody has acted on since.
    """

    name: str
    label: str
    run: Callable[..., Outcome]
    why_not: Callable[[Sequence[Any], Any], Mapping[int, str]] | None = None
    ready: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None
    about: Callable[[Sequence[Any]], tuple[str, dict[str, Any]]] | None = None
    undo: Callable[..., Outcome] | None = None
    fields: Fields | Callable[["Grid"], Fields] = field(default_factory=dict)
    tone: str = ""
    icon: str = ""
    confirm: str = ""

    def reason_for(self, row: Any, by: Any) -> str:
        """Why it would refuse this one row; "" if it would not."""
        return self.why_not([row], by).get(row.pk, "") if self.why_not else ""

    def form(self, grid: "Grid", *data: Any) -> forms.Form:
        """What the action asks; bound if data are given."""
        fields = self.fields(grid) if callable(self.fields) else self.fields
        form_class = type("ActionForm", (forms.Form,), dict(fields))
        form: forms.Form = form_class(*data)
        for bound in form:
            verb = "选择" if isinstance(bound.field, forms.ChoiceField) else "填写"
            bound.field.error_messages["required"] = f"请{verb}{bound.label}"
            _dress(bound.field.widget)
            if isinstance(bound.field, Opinion):
                bound.field.kind = bound.field.kind or self.name
        return form


@dataclass(frozen=True)
class Reason:
    """Why some of the chosen rows cannot: the sentence, how many, the first few by name."""

    text: str
    count: int
    names: tuple[str, ...]

    @property
    def others(self) -> int:
        """How many are not named."""
        return self.count - len(self.names)


@dataclass(frozen=True)
class Preview:
    """What the preview says: 选中 38：35 可通过，3 不可，原因…."""

    chosen: int
    possible: int
    reasons: tuple[Reason, ...]
    judged: bool = False
    checked: bool = True
    about: tuple[str, dict[str, Any]] | None = None

    @property
    def impossible(self) -> int:
        """How many cannot."""
        return self.chosen - self.possible


def look(action: Action, grid: "Grid", rows: QuerySet[Any]) -> Preview:
    """The rule without the verb: what the action would do to these rows."""
    if action.why_not is None:
        chosen = rows.count()
        return Preview(chosen, chosen, ())
    ready = action.ready(rows) if action.ready else rows
    found = list(ready[: PREVIEWED + 1])
    if len(found) > PREVIEWED:
        chosen = rows.count()
        return Preview(chosen, chosen, (), checked=False)
    refused = action.why_not(found, grid.viewer)
    able = [row for row in found if row.pk not in refused]
    about = action.about(able) if action.about and able else None
    return Preview(len(found), len(able), reasons_of(grid, refused), judged=True, about=about)


def reasons_of(grid: "Grid", refused: Mapping[int, str]) -> tuple[Reason, ...]:
    """Refusals by sentence, the most frequent first."""
    alike: dict[str, list[int]] = {}
    for pk, text in refused.items():
        alike.setdefault(text, []).append(pk)
    first = {text: pks[:NAMED] for text, pks in alike.items()}
    names = grid.labels(pk for pks in first.values() for pk in pks) if refused else {}
    reasons = (
        Reason(text, len(pks), tuple(names.get(pk, str(pk)) for pk in first[text]))
        for text, pks in alike.items()
    )
    return tuple(sorted(reasons, key=lambda reason: -reason.count))


def _dress(widget: forms.Widget) -> None:
    match widget:
        case forms.CheckboxSelectMultiple() | forms.RadioSelect():
            return  # its class would be that of the box around the choices, too
        case forms.CheckboxInput():
            css = "form-check-input"
        case forms.Select():
            css = "form-select"
        case _:
            css = "form-control"
    widget.attrs.setdefault("class", css)
    if isinstance(widget, forms.DateInput):
        widget.input_type = "date"
        widget.format = "%Y-%m-%d"
