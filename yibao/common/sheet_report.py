"""What an import found in a file: how many lines do what, and every fault."""

from dataclasses import dataclass, field
from typing import Any

from yibao.common.sheets import CellFault, Table


@dataclass(frozen=True)
class Change:
    """One line that adds something (`fields` empty) or changes the columns named."""

    row: int
    key: str
    name: str
    fields: tuple[str, ...] = ()


@dataclass
class Report:
    """The outcome of reading a file; if there are errors, nothing of it is written."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[CellFault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    table: Table | None = None

    def count(self) -> "Report":
        """Count the lines by what they do; all of them or, with an error, none."""
        if self.errors:
            self.changes = []
            return self
        self.added = sum(not change.fields for change in self.changes)
        self.changed = len(self.changes) - self.added
        self.unchanged = self.rows - len(self.changes)
        return self

    def as_dict(self) -> dict[str, Any]:
        """The shape that `--json` promises."""
        return {
            "rows": self.rows,
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "errors": [
                {"row": fault.row, "column": fault.column, "message": fault.message}
                for fault in self.errors
            ],
        }


def unreadable(sentence: str) -> Report:
    """The report of a file that is no list at all."""
    return Report(errors=[CellFault(0, "", sentence)])
