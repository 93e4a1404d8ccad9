"""What should be so: people, registrations and reviews, written down a second time in plain Python.

Nothing of the product is imported here, so that a rule that is wrong there cannot be wrong here too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

CLASSES = {
    "a": ("甲", 2023),
    "b": ("甲", 2024),
    "c": ("甲", 2024),
    "d": ("乙", 2024),
    "e": ("乙", 2023),
    "f": ("丙", 2024),
    "new": ("甲", 2025),  # nobody is in it
    "lost": ("丙", 2023),  # nor in this one, and nobody counsels it
}
BEGIN_IN = "aaabbcccddeeff"  # the class of each student
HELPER = 7  # a student who counsels the own class
FREE = 13  # a student whose premium the school pays
FEE = 533

Post = tuple[str, str, str]  # level, college, classes
STAFF: dict[str, list[Post]] = {
    "li": [("counselor", "", "a b")],
    "he": [("counselor", "", "b c new")],
    "sun": [("counselor", "", "d")],
    "zhang": [("counselor", "", "e"), ("college", "甲", "")],  # two posts, two scopes
    "qian": [("counselor", "", "d"), ("college", "乙", "")],  # one person, two steps
    "tang": [("counselor", "", "f")],
    "xu": [("college", "甲", "")],
    "wei": [("college", "乙", "")],
    "feng": [("college", "丙", "")],
    "zhou": [("school", "", "")],
    "shen": [("school", "", "")],
    "wu": [("finance", "", "")],
    "zheng": [("finance", "", "")],
    "admin": [("admin", "", "")],
    f"s{HELPER}": [("counselor", "", "c")],
    # One of each level who may never do anything.
    "idle": [("counselor", "", "")],
    "elsewhere": [("college", "丁", "")],
    "was school": [("school", "", "")],
    "was finance": [("finance", "", "")],
    "auditor": [("auditor", "", "")],
    "stranger": [],  # a student whom the plan is not for
}
ENDED = ("was school", "was finance")
OUTSIDERS = ("idle", "elsewhere", *ENDED, "auditor", "stranger")
EVERYBODY = [*STAFF, *(f"s{i}" for i in range(len(BEGIN_IN)) if i != HELPER)]
LONE = ("admin", "auditor")
REVIEWING = ("counselor", "college", "school")
STEPS = {"A": REVIEWING, "B": ("counselor",)}
MONEY = ("awaiting_payment", "enrolled")
IDLE = ("unregistered", "returned")
ON_ROLL = ("active", "suspended")

# Every change of status that may ever be seen, and no other.
TABLE = {
    ("unregistered", "in_review"),
    ("in_review", "in_review"),
    ("in_review", "unregistered"),
    ("in_review", "returned"),
    ("in_review", "awaiting_payment"),
    ("in_review", "enrolled"),
    ("in_review", "opted_out"),
    ("returned", "in_review"),
    ("returned", "awaiting_payment"),
    ("returned", "opted_out"),
    ("awaiting_payment", "enrolled"),
    ("awaiting_payment", "returned"),
    ("awaiting_payment", "in_review"),
    ("enrolled", "awaiting_payment"),
    ("enrolled", "returned"),
    ("enrolled", "in_review"),
    ("opted_out", "returned"),
    ("opted_out", "in_review"),
}


@dataclass(eq=False)
class Held:
    """A post as somebody holds it."""

    who: str
    level: str
    college: str
    classes: set[str]
    active: bool = True
    deputies: set[str] = field(default_factory=set)


@dataclass
class Decided:
    """One decision of a reviewer; `step` is None of what was taken back after review."""

    round: int
    step: int | None
    by: str
    verdict: str
    stands: bool = True


@dataclass(eq=False)
class Row:
    """A student in the plan."""

    i: int
    group: str
    status: str = "unregistered"
    step: int | None = None
    resume: int | None = None
    required: bool = True
    off: bool = False
    roll: str = "active"
    intent: str = ""
    reason: int | None = None
    round: int = 0
    by: str = ""  # who submitted
    decided: list[Decided] = field(default_factory=list)
    objections: dict[int, bool] = field(default_factory=dict)  # round → still open

    @property
    def me(self) -> str:
        return f"s{self.i}"

    @property
    def college(self) -> str:
        return CLASSES[self.group][0]

    @property
    def on_roll(self) -> bool:
        return self.roll in ON_ROLL

    @property
    def unit(self) -> tuple[str, int]:
        return CLASSES[self.group]

    @property
    def fee(self) -> int:
        return 0 if self.intent != "join" or self.i == FREE else FEE

    @property
    def standing(self) -> str:
        if not self.required or self.off:
            return "not_required"
        if self.status == "opted_out":
            return ("elsewhere", "opted_out", "not_required")[self.reason or 0]
        return self.status

    def standing_decisions(self) -> list[Decided]:
        return [one for one in self.decided if one.stands]


class People:
    """Who covers whom."""

    def __init__(self) -> None:
        self.posts = [
            Held(who, level, college, set(classes.split()), who not in ENDED)
            for who, held in STAFF.items()
            for level, college, classes in held
        ]
        self.rows = [Row(i, group) for i, group in enumerate(BEGIN_IN)]

    def held(self, who: str) -> Iterator[Held]:
        for post in self.posts:
            if post.active and (post.who == who or who in post.deputies):
                yield post

    def holds(self, who: str, *levels: str) -> bool:
        return any(post.level in levels for post in self.held(who))

    def reaches(self, post: Held, row: Row) -> bool:
        match post.level:
            case "counselor":
                return row.group in post.classes
            case "college":
                return row.college == post.college
            case "school" | "finance":
                return True
        return False

    def covers(self, who: str, row: Row, *levels: str) -> bool:
        return any(p.level in levels and self.reaches(p, row) for p in self.held(who))

    def sees(self, who: str, row: Row) -> bool:
        return row.me == who or any(self.reaches(post, row) for post in self.held(who))


class Campaign(People):
    """Registration and review of one plan."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way
        self.steps = STEPS[way]
        self.is_open = self.apply_open = self.pay_open = self.rate_open = True
        self.step_open = [True] * len(self.steps)
        self.resumes = False

    def these(self, whom: str) -> list[Row]:
        """`all`, a class, or one student."""
        if whom == "all":
            return self.rows
        return [row for row in self.rows if whom in (row.group, row.me)]

    def counts(self, rows: Iterable[Row] | None = None) -> Counter[str]:
        return Counter(row.standing for row in (self.rows if rows is None else rows))

    # Registration ---------------------------------------------------------------------------

    def may_submit(self, who: str, row: Row) -> bool:
        school = self.holds(who, "school")
        return (
            (row.me == who or self.covers(who, row, "counselor", "school"))
            and row.status in IDLE
            and self.is_open
            and row.required
            and not row.off
            and (self.apply_open or school)
        )

    def submit(self, who: str, row: Row, reason: int | None) -> None:
        row.intent, row.reason = ("join", None) if reason is None else ("stay_out", reason)
        row.round += 1
        row.by = who
        self._to_step(row, row.resume or 0)

    def may_withdraw(self, who: str, row: Row) -> bool:
        decided = any(one.round == row.round for one in row.standing_decisions())
        mine = row.me == who or self.covers(who, row, "counselor", "school")
        return mine and row.status == "in_review" and not decided and self.is_open

    def withdraw(self, _who: str, row: Row) -> None:
        row.status, row.step = "unregistered", None
        self.keep_in_step([row])

    def may_mark(self, who: str, row: Row) -> bool:
        mine = row.me != who and self.covers(who, row, "counselor", "school")
        return mine and row.status in IDLE and self.is_open

    def may_object(self, who: str, row: Row) -> bool:
        return (
            row.me == who
            and row.status not in IDLE
            and row.by not in ("", who)
            and self.is_open
            and row.round not in row.objections
        )

    def objects(self, who: str, row: Row) -> None:
        taken = self.may_withdraw(who, row)
        row.objections[row.round] = not taken
        if taken:
            self.withdraw(who, row)

    def may_answer(self, who: str, row: Row) -> bool:
        mine = row.me != who and self.covers(who, row, "counselor", "school")
        return mine and row.status not in IDLE and row.objections.get(row.round, False)

    # Review ---------------------------------------------------------------------------------

    def awaits(self, who: str, row: Row) -> bool:
        if row.step is None:
            return False
        return self.covers(who, row, self.steps[row.step])

    def may_review(self, who: str, row: Row) -> bool:
        before = any(
            one.by == who and one.round == row.round and one.verdict == "approved"
            for one in row.standing_decisions()
        )
        return (
            self.awaits(who, row)
            and row.me != who
            and not before
            and self.is_open
            and row.step is not None
            and self.step_open[row.step]
        )

    def approve(self, who: str, row: Row) -> None:
        assert row.step is not None
        row.decided.append(Decided(row.round, row.step, who, "approved"))
        self._to_step(row, row.step + 1)

    def turn_down(self, who: str, row: Row) -> None:
        row.decided.append(Decided(row.round, row.step, who, "returned"))
        row.resume = row.step if self.resumes else None
        row.status, row.step = "returned", None
        self.keep_in_step([row])

    def may_take_back(self, who: str, row: Row) -> bool:
        mine = row.me != who and self.covers(who, row, *REVIEWING)
        return mine and row.status in ("awaiting_payment", "opted_out") and self.is_open

    def take_back(self, who: str, row: Row) -> None:
        row.decided.append(Decided(row.round, None, who, "returned"))
        row.status = "returned"
        self.keep_in_step([row])

    def may_undo(self, who: str, row: Row) -> bool:
        own = [one for one in row.decided if one.by == who]
        if not own or not own[-1].stands or not self.covers(who, row, *REVIEWING):
            return False
        last = own[-1]
        return (
            last is row.standing_decisions()[-1]
            and last.round == row.round
            and (row.status, row.step) == self._led_to(row, last)
            and row.required
            and not row.off
            and self.is_open
        )

    def undo(self, who: str, row: Row) -> None:
        last = [one for one in row.decided if one.by == who][-1]
        last.stands = False
        self._to_step(row, len(self.steps) if last.step is None else last.step)

    def _led_to(self, row: Row, decided: Decided) -> tuple[str, int | None]:
        if decided.verdict != "approved" or decided.step is None:
            return "returned", None
        return self._there(row, decided.step + 1)

    def _to_step(self, row: Row, step: int) -> None:
        row.status, row.step = self._there(row, step)
        if row.step is None:
            row.resume = None  # a later return is a new story

    def _there(self, row: Row, step: int) -> tuple[str, int | None]:
        if step < len(self.steps):
            return "in_review", step
        if row.intent == "stay_out":
            return "opted_out", None
        return ("awaiting_payment" if row.fee else "enrolled"), None

    # The roster -----------------------------------------------------------------------------

    def may_maintain(self, who: str, row: Row) -> bool:
        return row.me != who and self.covers(who, row, *REVIEWING)

    def may_move(self, who: str, row: Row, to: str) -> bool:
        near = row.college == CLASSES[to][0] or self.holds(who, "school")
        return self.may_maintain(who, row) and near

    def keep_in_step(self, rows: Iterable[Row]) -> None:
        """What the roster says counts once nothing is under way, and while the plan is open."""
        for row in rows:
            if self.is_open and row.status in IDLE:
                row.off = not row.on_roll

    def may_deputize(self, who: str, post: Held, to: str) -> bool:
        return (
            self.holds(who, "admin")
            and post.level not in LONE
            and to not in (post.who, who)
            and to not in post.deputies
            and not self.is_lone(to)
        )

    def is_lone(self, who: str) -> bool:
        """Whoever manages accounts or reads the trail does nothing beside it."""
        return any(p.who == who and p.active and p.level in LONE for p in self.posts)

    def may_hand_over(self, who: str, post: Held, to: str, groups: set[str]) -> bool:
        return (
            self.holds(who, "admin")
            and post.level == "counselor"
            and post.active
            and to not in (post.who, who)
            and bool(groups)
            and groups <= post.classes
            and not self.is_lone(to)
        )

    def hand_over(self, post: Held, to: str, groups: set[str]) -> None:
        found = [p for p in self.posts if p.who == to and p.level == "counselor"]
        if not found:
            found = [Held(to, "counselor", "", set())]
            self.posts += found
        post.classes -= groups
        found[0].classes |= groups
