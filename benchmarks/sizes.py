"""How large the figures are measured: as quality asks for, or small to see that they run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Rows of the lists, of the university in which batches are done, of a batch, of a file."""

    enrolments: int = 1_000_000
    few_enrolments: int = 50_000
    batch: int = 5_000
    roster: int = 50_000
    deep_page: int = 200


SMALL = Sizes(enrolments=2_000, few_enrolments=1_000, batch=100, roster=100, deep_page=3)
