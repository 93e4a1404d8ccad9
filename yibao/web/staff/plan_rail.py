"""The rail of the plan editor: its sections in chapters, each with how far it has come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.urls import reverse

from yibao.plans.models import InsurancePlan, ReviewStep
from yibao.plans.rules import lacks_to_open
from yibao.plans.sections import SECTIONS, Section
from yibao.plans.windows import notes

TIMES = "windows"
NONE_NEEDED = {
    "review": "不审核",
    "fees": "无减免",
    "evidence": "不收",
    "reasons": "",
    "types": "",
}
"""What it means that a section has no rows."""


@dataclass(frozen=True)
class Step:
    """A section on the rail."""

    number: int
    section: Section
    href: str
    is_here: bool
    lacks: str
    """Why the plan cannot open without it."""
    odd: int
    """So many things in it are worth a look."""
    empty: str

    @property
    def state(self) -> str:
        """Which mark it wears."""
        return "missing" if self.lacks else "odd" if self.odd else "done"

    @property
    def said(self) -> str:
        """The mark in a word."""
        if self.lacks:
            return "待填"
        return f"{self.odd} 处留意" if self.odd else self.empty


@dataclass(frozen=True)
class Rail:
    """All of them, and how many keep the plan from opening."""

    steps: tuple[Step, ...]

    @property
    def chapters(self) -> list[tuple[str, list[Step]]]:
        """The steps under the question that they answer."""
        return [
            (chapter, list(steps))
            for chapter, steps in groupby(self.steps, lambda step: step.section.chapter)
        ]

    @property
    def here(self) -> Step:
        """Where one is."""
        return next(step for step in self.steps if step.is_here)

    @property
    def following(self) -> Step | None:
        """Where 保存并继续 leads; None at the last."""
        return next((step for step in self.steps if step.number > self.here.number), None)

    @property
    def missing(self) -> list[Step]:
        """What is still to be filled in."""
        return [step for step in self.steps if step.lacks]

    @property
    def done(self) -> int:
        """How many may stay as they are."""
        return len(self.steps) - len(self.missing)


def rail_of(plan: InsurancePlan, here: Section, chain: Sequence[ReviewStep]) -> Rail:
    """As the plan is stored now."""
    return Rail(tuple(_steps(plan, here, chain)))


def _steps(plan: InsurancePlan, here: Section, chain: Sequence[ReviewStep]) -> Iterator[Step]:
    missing, odd = lacks_to_open(plan), len(notes(plan, chain))
    for number, section in enumerate(SECTIONS.values(), start=1):
        empty = bool(section.part) and not getattr(plan, section.part).exists()
        yield Step(
            number=number,
            section=section,
            href=reverse("staff:plan_edit", args=[plan.pk, section.key]),
            is_here=section.key == here.key,
            lacks=missing.get(section.key, ""),
            odd=odd if section.key == TIMES else 0,
            empty=NONE_NEEDED[section.key] if empty else "",
        )
