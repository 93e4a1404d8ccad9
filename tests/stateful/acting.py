"""How a step is taken: somebody tries something, the model says beforehand what must come of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine

from tests.stateful.gateway import Till
from tests.stateful.model import EVERYBODY, OUTSIDERS, Row
from tests.stateful.model_rates import Reporting
from tests.stateful.truth import Truth
from tests.stateful.world import World
from yibao.accounts.models import User
from yibao.common.errors import Refused
from yibao.common.outcome import Outcome
from yibao.enrolment.models import Enrolment

ABLE, ONE = "whoever may", "one with whom it may be"


class Acting(RuleBasedStateMachine):
    """A world that is as it was for every example, and what was done and refused in all of them."""

    way: ClassVar[str]
    world: ClassVar[World]
    done: ClassVar[Counter[str]]
    refused: ClassVar[Counter[str]]
    steps: ClassVar[int] = 0

    def __init__(self):
        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()
        self.world.forget()
        Till.empty()
        self.model = Reporting(self.way)
        self.truth = Truth(self.world, self.model)
        self.is_right = True
        self.turn = 0

    def teardown(self):
        try:
            if self.is_right:
                self.truth.check_statistics()
        finally:
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

    # ----------------------------------------------------------------------------------------

    def user(self, who: str) -> User:
        return self.world.users[who]

    def choose(
        self,
        who: str,
        may: Callable[[str], bool],
        near: Callable[[str], bool] = lambda _name: False,
    ) -> str:
        """The person named, or by turns one of those who may.

        When nobody may, one whom nothing but a rule holds back: what a wrong person is refused says little.
        """
        if who != ABLE:
            return who
        for test in (may, near):
            if found := [name for name in EVERYBODY if test(name)]:
                return self.turn_of(found)
        return self.turn_of(EVERYBODY)

    def turn_of(self, several: Sequence[Any]) -> Any:
        return several[self.turn % len(several)]

    def these(self, whom: str, who: str, may: Callable[[str, Row], bool]) -> list[Row]:
        if whom != ONE:
            return self.model.these(whom)
        people = EVERYBODY if who == ABLE else [who]
        rows = self.model.rows
        return [
            self.turn_of([row for row in rows if any(may(name, row) for name in people)] or rows)
        ]

    def rows(self, asked: Iterable[Row], who: str, *, door: bool) -> QuerySet[Enrolment]:
        """As a page finds them, or with forged keys."""
        rows = Enrolment.objects.visible_to(self.user(who)) if door else Enrolment.objects.all()
        return rows.filter(pk__in=[self.world.rows[row.i] for row in asked])

    def seen(self, asked: Iterable[Row], who: str, *, door: bool) -> list[Row]:
        return [row for row in asked if not door or self.model.sees(who, row)]

    def one(self, row: Row) -> Enrolment:
        return Enrolment.objects.get(pk=self.world.rows[row.i])

    def each(
        self,
        verb: str,
        who: str,
        whom: str,
        may: Callable[[str, Row], bool],
        does: Callable[[Any, User], Outcome],
        *,
        door: bool,
        first: Callable[[list[Row]], None] = lambda _rows: None,
        then: Callable[[str, list[Row]], None],
        keys: Sequence[int] | None = None,
    ) -> None:
        """A verb for several students: done with exactly those with whom it may be."""
        keys = keys or self.world.rows
        rows = self.these(whom, who, may)
        who = self.choose(who, lambda name: any(may(name, row) for row in rows))
        asked = self.seen(rows, who, door=door)
        first(asked)
        allowed = [row for row in asked if may(who, row)]
        note(f"{verb} by {who}: {[row.me for row in allowed]} of {[row.me for row in rows]}")
        outcome = does(self.rows(rows, who, door=door), self.user(who))
        assert sorted(outcome.done) == sorted(keys[row.i] for row in allowed)
        assert outcome.refused.keys() == {keys[r.i] for r in asked if r not in allowed}
        assert all(outcome.refused.values())
        then(who, allowed)
        self.after(verb, who, did=bool(allowed), refused=len(allowed) < len(rows))

    def whole(
        self, verb: str, who: str, does: Callable[[], Any], then: Callable[[], Any], *, may: bool
    ) -> None:
        """A verb that is done or refused as a whole."""
        note(f"{verb} by {who}: {may}")
        try:
            found = does()
            if isinstance(found, Outcome):
                found.or_refuse()
        except Refused as refused:
            said = str(refused)
        else:
            said = None
        assert (said is None) == may, said
        assert said != ""
        if may:
            then()
        self.after(verb, who, did=may, refused=not may)

    def after(self, verb: str, who: str, *, did: bool, refused: bool) -> None:
        """Count it, and look at everything."""
        assert not did or who not in OUTSIDERS
        self.done[verb] += did
        self.refused[verb] += refused
        type(self).steps += 1
        self.turn += 1
        self.is_right = False
        self.truth.check(who)
        self.is_right = True
