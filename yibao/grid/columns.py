"""The kinds of columns: each is shown, searched, queried, sorted and exported in its own way."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Choices, Q
from django.utils import timezone

from yibao.common.crypto import blind_index
from yibao.common.errors import Refused
from yibao.grid import reading
from yibao.grid.column import NOTHING, Column, Painter
from yibao.grid.marking import marker
from yibao.grid.markup import escaped

if TYPE_CHECKING:
    from yibao.grid.grid import Grid

Pairs = Iterable[tuple[Any, str]]
WITHIN = "within"
HIDDEN = "（完整号码，已隐藏）"
SEALED = re.compile(r"~([0-9a-f]{2})+")


@dataclass(frozen=True, kw_only=True)
class Text(Column):
    """Words, names, and numbers that are names (学号)."""

    operators = {
        "has": "包含",
        "eq": "等于",
        "ne": "不等于",
        "starts": "开头是",
        "empty": "为空",
        "filled": "不为空",
    }

    def converter(self, _grid: "Grid") -> Callable[[Any], Any]:
        """The text itself."""
        return lambda value: value if isinstance(value, str) and value else _worded(value)

    def painter(self, grid: "Grid") -> Painter:
        """Escaped text, with what the search box found marked."""
        paint = marker(grid) if self.search else escaped
        return lambda value: paint(value) if value or value == 0 else NOTHING

    def search_condition(self, word: str) -> Q | None:
        """Anywhere in the text, whatever the case."""
        spellings = reading.spellings(word)
        return reduce(or_, (Q((f"{self.lookup}__icontains", text)) for text in spellings))

    def _empty(self) -> Q:
        return Q((f"{self.lookup}__isnull", True)) | Q((self.lookup, ""))

    def _compare(self, operator: str, value: Any) -> Q:
        lookups = {"has": "icontains", "starts": "istartswith"}
        lookup = lookups.get(operator, "exact")
        alike = reduce(
            or_, (Q((f"{self.lookup}__{lookup}", text)) for text in reading.spellings(value))
        )
        return ~alike if operator == "ne" else alike


@dataclass(frozen=True, kw_only=True)
class Measured(Column):
    """What is more or less, earlier or later: it can lie between two others."""

    def condition(self, operator: str, raw: str, grid: "Grid") -> Q:
        """The rows for which `column operator raw` holds; between two, whichever comes first."""
        if operator != WITHIN:
            return super().condition(operator, raw, grid)
        low, high = reading.ends(raw)
        if low and high:
            first, last = sorted((self.clean(low, grid), self.clean(high, grid)))
            return self._compare("ge", first) & self._compare("le", last)
        if low:
            return super().condition("ge", low, grid)
        return super().condition("le", high, grid)

    def said(self, raw: str, grid: "Grid") -> str:
        """One keyword, or from one to the other."""
        if reading.BETWEEN not in raw:
            return super().said(raw, grid)
        low, high = reading.ends(raw)
        return f"{low or '…'} 至 {high or '…'}"


@dataclass(frozen=True, kw_only=True)
class Number(Measured):
    """A count or a measure."""

    total: bool = False
    unit: str = ""

    align = "end"
    kind = "number"
    keyword = "number"
    operators = {
        "ge": "不低于",
        "le": "不高于",
        WITHIN: "介于",
        "eq": "等于",
        "ne": "不等于",
        "empty": "为空",
        "filled": "不为空",
    }

    def text(self, value: Any, _grid: "Grid") -> str:
        """Digits and the unit."""
        return "" if value is None else f"{value}{self.unit}"

    def cell(self, value: Any, _grid: "Grid") -> Any:
        """The number itself."""
        return value

    def converter(self, _grid: "Grid") -> Callable[[Any], Any]:
        """The number itself."""
        return lambda value: value

    def clean(self, raw: str, _grid: "Grid") -> Decimal:
        """A number."""
        return reading.number(raw)


@dataclass(frozen=True, kw_only=True)
class Money(Number):
    """Yuan with two decimals."""

    kind = "money"

    def text(self, value: Any, _grid: "Grid") -> str:
        """¥1,234.00 or -¥300.00."""
        return "" if value is None else f"{'-' if value < 0 else ''}¥{abs(value):,.2f}"


@dataclass(frozen=True, kw_only=True)
class Day(Measured):
    """A date without a time."""

    kind = "day"
    keyword = "date"
    operators = {
        "ge": "不早于",
        "le": "不晚于",
        WITHIN: "介于",
        "eq": "等于",
        "empty": "为空",
        "filled": "不为空",
    }

    def text(self, value: date | None, _grid: "Grid") -> str:
        """2026-11-21."""
        return "" if value is None else value.isoformat()

    def cell(self, value: date | None, _grid: "Grid") -> date | None:
        """The date itself."""
        return value

    def painter(self, grid: "Grid") -> Painter:
        """The day, marked if the search box asked for it."""
        asked = {reading.day_in(word) for word in grid.query.words} if self.search else set()

        def painted(value: date | None) -> str:
            if value is None:
                return NOTHING
            return f"<mark>{value.isoformat()}</mark>" if value in asked else value.isoformat()

        return painted

    def search_condition(self, word: str) -> Q | None:
        """The day that the word says, if it says one."""
        day = reading.day_in(word)
        return None if day is None else Q((self.lookup, day))

    def clean(self, raw: str, _grid: "Grid") -> date:
        """A day."""
        return reading.day(raw)


@dataclass(frozen=True, kw_only=True)
class Moment(Measured):
    """A point in time, told in the school's time zone."""

    kind = "moment"
    keyword = "datetime"
    operators = Day.operators

    def text(self, value: datetime | None, _grid: "Grid") -> str:
        """2026-11-21 14:05."""
        if value is None:
            return ""
        return timezone.localtime(value).replace(tzinfo=None).isoformat(" ", "minutes")

    def cell(self, value: datetime | None, _grid: "Grid") -> datetime | None:
        """Local time without a zone: a spreadsheet knows none."""
        if value is None:
            return None
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)

    def clean(self, raw: str, _grid: "Grid") -> tuple[datetime, datetime]:
        """The day or the minute that is meant, from when to before when."""
        return reading.span(raw)

    def _compare(self, operator: str, value: tuple[datetime, datetime]) -> Q:
        start, end = value
        at_least, before = Q((f"{self.lookup}__gte", start)), Q((f"{self.lookup}__lt", end))
        return {"ge": at_least, "le": before, "eq": at_least & before}[operator]


@dataclass(frozen=True, kw_only=True)
class Choice(Column):
    """One of a known set, shown as a quiet tag when it has tones.

    `choices` are Django choices, pairs, or a function of the grid that returns pairs.
    """

    choices: type[Choices] | Pairs | Callable[["Grid"], Pairs]
    tones: Mapping[Any, str] = field(default_factory=dict, hash=False)

    keyword = "choice"
    operators = {"in": "属于", "out": "不属于", "empty": "为空", "filled": "不为空"}
    filter_operator = "in"

    def text(self, value: Any, grid: "Grid") -> str:
        """The label of the value."""
        return "" if value is None else grid.choices(self).get(str(value), str(value))

    def converter(self, grid: "Grid") -> Callable[[Any], Any]:
        """Labels, each text of a value looked up once."""
        labels = grid.choices(self)
        return lambda value: None if value is None else labels.get(str(value), str(value)) or None

    def painter(self, grid: "Grid") -> Painter:
        """Labels, in the tone of their value, with what the search box found marked."""
        tones = {str(key): tone for key, tone in self._tones().items()}
        label_of = marker(grid) if self.search else escaped
        painted = {
            key: f'<span class="tone tone-{tones[key]}">{label_of(label)}</span>'
            if key in tones
            else label_of(label)
            for key, label in grid.choices(self).items()
        }
        return lambda value: painted.get(str(value)) or escaped(value or "") or NOTHING

    def search_condition(self, word: str) -> Q | None:
        """Anywhere in the value: only for choices that are their own labels, as names are."""
        spellings = reading.spellings(word)
        return reduce(or_, (Q((f"{self.lookup}__icontains", text)) for text in spellings))

    def choices_of(self, grid: "Grid") -> dict[str, str]:
        """Labels by the text of their value; asked once per grid, see `Grid.choices`."""
        if isinstance(self.choices, type) and issubclass(self.choices, Choices):
            pairs: Pairs = self.choices.choices
        elif isinstance(self.choices, Iterable):
            pairs = self.choices
        else:
            pairs = cast("Callable[[Grid], Pairs]", self.choices)(grid)
        return {str(key): str(label) for key, label in pairs}

    def clean(self, raw: str, grid: "Grid") -> list[str]:
        """The chosen values, all of them known."""
        values = self.chosen(raw, grid)
        known = grid.choices(self)
        unknown = [value for value in values if value not in known]
        if unknown or not values:
            raise Refused(
                f"“{self.label}”没有“{reading.plain(unknown[0] if unknown else '')}”这一项"
            )
        return values

    def said(self, raw: str, grid: "Grid") -> str:
        """Labels, joined."""
        known = grid.choices(self)
        return "、".join(known.get(value, value) for value in self.chosen(raw, grid))

    def chosen(self, raw: str, grid: "Grid") -> list[str]:
        """The values that stand in an address: one as it is, commas and all, or several."""
        return [raw] if raw in grid.choices(self) else reading.listed(raw)

    def _tones(self) -> Mapping[Any, str]:
        if self.tones or not (isinstance(self.choices, type) and issubclass(self.choices, Choices)):
            return self.tones
        return {member.value: member.tone for member in self.choices if hasattr(member, "tone")}

    def _empty(self) -> Q:
        return Q((f"{self.lookup}__isnull", True))

    def _compare(self, operator: str, value: Any) -> Q:
        chosen = Q((f"{self.lookup}__in", value))
        return ~chosen if operator == "out" else chosen


@dataclass(frozen=True, kw_only=True)
class Flag(Choice):
    """Yes or no."""

    choices: Pairs = (("1", "是"), ("0", "否"))
    operators = {"in": "属于"}

    def text(self, value: Any, grid: "Grid") -> str:
        """是 or 否, or the words given."""
        return "" if value is None else grid.choices(self)["1" if value else "0"]

    def converter(self, grid: "Grid") -> Callable[[Any], Any]:
        """是 or 否."""
        return lambda value: self.text(value, grid) or None

    def painter(self, grid: "Grid") -> Painter:
        """Labels, in the tone of their value."""
        paint = super().painter(grid)
        return lambda value: NOTHING if value is None else paint("1" if value else "0")

    def _compare(self, operator: str, value: list[str]) -> Q:
        return super()._compare(operator, [item == "1" for item in value])


@dataclass(frozen=True, kw_only=True)
class Secret(Column):
    """An encrypted number: shown masked, found by its full value only, never sorted.

    Addresses are logged and remembered, so they carry the blind index in place of the number.
    """

    index: str
    mask: Callable[[str], str]
    shape: str = r"\d{17}[\dXx]|1[3-9]\d{9}"

    operators = {"eq": "等于", "empty": "为空", "filled": "不为空"}

    @property
    def sort(self) -> str:
        """Ciphertext has no order."""
        return ""

    def text(self, value: Any, _grid: "Grid") -> str:
        """Never the full value."""
        return self.mask(value) if value else ""

    def painter(self, grid: "Grid") -> Painter:
        """Masked, and marked if it is the number that the search box asked for."""
        paint = super().painter(grid)
        words = grid.query.search.split() if self.search else ()
        asked = {unseal_index(word) for word in words}
        if not asked:
            return paint

        def marked(value: Any) -> str:
            shown = paint(value)
            return f"<mark>{shown}</mark>" if value and blind_index(value) in asked else shown

        return marked

    def cell(self, value: Any, grid: "Grid") -> str | None:
        """The full number only where somebody asked for it and said why."""
        return (value if grid.reveal else self.text(value, grid)) or None

    def said(self, _raw: str, _grid: "Grid") -> str:
        """The sentence of a query stands on screens and in exports."""
        return HIDDEN

    def search_condition(self, word: str) -> Q | None:
        """The row whose number is exactly this."""
        return Q((self.index, unseal_index(word)))

    def sealed(self, raw: str) -> str:
        """The blind index instead of the number."""
        return raw if not raw or SEALED.fullmatch(raw) else seal_index(raw)

    def _empty(self) -> Q:
        return Q((f"{self.index}__isnull", True)) | Q((self.index, b""))

    def _compare(self, _operator: str, value: str) -> Q:
        return Q((self.index, unseal_index(value)))


def _worded(value: Any) -> str | None:
    return None if value is None else str(value) or None


def seal_index(number: str) -> str:
    """The blind index of a full number, as it may stand in an address."""
    return f"~{blind_index(number).hex()}"


def unseal_index(word: str) -> bytes:
    """The blind index that a word of an address stands for, sealed or plain."""
    return bytes.fromhex(word[1:]) if SEALED.fullmatch(word) else blind_index(word)
