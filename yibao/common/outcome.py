"""What became of a set of rows that somebody acted on."""

from dataclasses import dataclass, field
from typing import Self

from yibao.common.errors import Refused


@dataclass
class Outcome:
    """Primary keys done, and for every other row the Chinese sentence that says why not.

    `said` tells what was done where a count does not say enough: the receipt numbers of cash.
    """

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    said: str = ""

    def or_refuse(self) -> Self:
        """For one row: turn its refusal into `Refused`, also when the row was out of reach."""
        if self.refused:
            raise Refused(next(iter(self.refused.values())))
        if not self.done:
            raise Refused("没有找到这条记录，可能已被他人处理，请刷新后再试")
        return self
