"""A figure: our time beside that of a baseline, measured in turn so that a noisy machine hits both."""

import gc
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from django.db import connection, transaction

Work = Callable[[], object]


@dataclass(frozen=True)
class Figure:
    """What is compared. `around` is entered before each run and undoes it; it is not timed."""

    name: str
    floor_name: str
    goal: float
    floor: Work
    ours: Work
    around: Callable[[], AbstractContextManager[object]] = nullcontext


@dataclass(frozen=True)
class Result:
    """Seconds of every run; the i-th of the floor and the i-th of ours ran side by side."""

    figure: Figure
    floor: list[float]
    ours: list[float]

    @property
    def ratio(self) -> float:
        """Median of ours by median of the floor."""
        return median(self.ours) / median(self.floor)

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest ratio of a pair."""
        pairs = [ours / floor for floor, ours in zip(self.floor, self.ours, strict=True)]
        return min(pairs), max(pairs)

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.figure.goal


def measure(figure: Figure, repeats: int) -> Result:
    """Baseline, ours, baseline, ours …; the first pair warms up and does not count."""
    result = Result(figure, [], [])
    for turn in range(repeats + 1):
        for work, times in ((figure.floor, result.floor), (figure.ours, result.ours)):
            seconds = _timed(work, figure.around)
            if turn:
                times.append(seconds)
    return result


def _timed(work: Work, around: Callable[[], AbstractContextManager[object]]) -> float:
    gc.collect()
    with around():
        start = perf_counter()
        work()
        return perf_counter() - start


class Undone(AbstractContextManager[None]):
    """A transaction that is rolled back; what it left behind is swept, lest the next run meets it."""

    def __init__(self, *tables: str) -> None:
        self.tables = tables

    def __enter__(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, *failure: object) -> None:
        if failure[0] is None:
            transaction.set_rollback(True)
        self.atomic.__exit__(*failure)
        if failure[0] is None and self.tables:
            with connection.cursor() as cursor:
                cursor.execute(f"VACUUM {', '.join(self.tables)}")


def check_constraints() -> None:
    """Foreign keys are checked at the end of a transaction; one that is undone has none."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
