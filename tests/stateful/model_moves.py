"""What should be so of 学籍异动: changes of the roster that have a day, in plain Python."""

from dataclasses import dataclass

from tests.stateful.model import ON_ROLL, Campaign, Row

LEADS_TO = {
    "suspend": "suspended",
    "resume": "active",
    "withdraw": "withdrawn",
    "graduate": "graduated",
}
COMES_FROM = {"suspend": ("active",), "resume": ("suspended",)}


@dataclass(eq=False)
class Move:
    """One of them; `day` counts from today."""

    row: Row
    kind: str
    to: str
    day: int
    state: str = "waiting"


class Moving(Campaign):
    """A campaign whose students change class, go on leave, come back, leave, and graduate."""

    def __init__(self, way: str) -> None:
        super().__init__(way)
        self.moves: list[Move] = []

    def waiting(self) -> list[Move]:
        """What is still to come, in the order of its days."""
        found = [move for move in self.moves if move.state == "waiting"]
        return sorted(found, key=lambda move: move.day)

    def may_enter(self, who: str, row: Row, kind: str, to: str, day: int) -> bool:
        mine = self.may_move(who, row, to) if to else self.may_maintain(who, row)
        roll, group = row.roll, row.group
        for move in self.waiting():
            if move.row is row and move.day == day and bool(move.to) == bool(to):
                return False
            if move.row is row and move.day < day:
                roll, group = LEADS_TO.get(move.kind, roll), move.to or group
        return mine and self._may_be(kind, to, roll, group)

    def _may_be(self, kind: str, to: str, roll: str, group: str) -> bool:
        here = roll in COMES_FROM.get(kind, ON_ROLL) and roll != LEADS_TO.get(kind)
        return here and group != to

    def enter(self, row: Row, kind: str, to: str, day: int) -> None:
        self.moves.append(Move(row, kind, to, day))
        self.take_effect()

    def take_effect(self) -> None:
        """What is due; what the roster says already changes nothing, what has become impossible fails."""
        for move in self.waiting():
            row, new = move.row, LEADS_TO.get(move.kind)
            if move.day > 0:
                continue
            move.state = "done"
            if row.group == move.to or row.roll == new:
                continue
            if not self._may_be(move.kind, move.to, row.roll, row.group):
                move.state = "failed"
                continue
            row.roll, row.group = new or row.roll, move.to or row.group
            self.keep_in_step([row])

    def days_pass(self, days: int) -> None:
        for move in self.moves:
            move.day -= days
        self.take_effect()
