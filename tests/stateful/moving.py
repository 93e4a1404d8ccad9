"""Steps of 学籍异动: entered for a day, cancelled before it, in effect when it comes."""

from datetime import timedelta

from django.db.models import F
from django.utils.timezone import localdate

from tests.stateful.acting import ONE
from tests.stateful.registering import Registering
from yibao.enrolment.master_data import enter_and_enlist, take_effect_and_enlist
from yibao.people import transitions
from yibao.people.models import Student
from yibao.people.states import TransitionKind
from yibao.people.transition_models import Transition

KINDS = ("transfer", "suspend", "resume", "withdraw", "transfer", "resume", "graduate")
DAYS = (0, 1, 2, 0, 4)


class Moving(Registering):
    """Students change class, go on leave, come back, leave and graduate, today or on a day to come."""

    def enter(self, who, whom, group, nth, door):
        kind, day = KINDS[nth % len(KINDS)], DAYS[nth // len(KINDS) % len(DAYS)]
        to = group if kind == "transfer" else ""
        on = localdate() + timedelta(days=day)
        change = transitions.Change(
            TransitionKind(kind), on, "教务处通知", self.world.classes[to] if to else None
        )

        def does(rows, by):
            students = Student.objects.filter(enrolments__in=rows)
            return enter_and_enlist(students, change, by=by)

        def then(_who, rows):
            for row in rows:
                self.model.enter(row, kind, to, day)

        self.each(
            "enter",
            who,
            ONE if whom == "all" else whom,
            lambda name, row: self.model.may_enter(name, row, kind, to, day),
            does,
            door=door,
            then=then,
            keys=self.world.students,
        )

    def cancel(self, who, nth):
        moves = self.model.moves
        if nth % 5:
            moves = self.model.waiting() or moves
        move = moves[nth % len(moves)]
        waits = move.state == "waiting"
        mine = self.model.may_maintain
        who = self.choose(who, lambda name: mine(name, move.row))
        place = self.model.moves.index(move)
        key = Transition.objects.order_by("pk").values_list("pk", flat=True)[place]
        self.whole(
            "cancel",
            who,
            lambda: transitions.cancel(Transition.objects.filter(pk=key), by=self.user(who)),
            lambda: setattr(move, "state", "cancelled"),
            may=waits and mine(who, move.row),
        )

    def days_pass(self, nth):
        """Everything entered is so many days nearer, and the clock looks what is due."""
        days = 1 + nth % 3
        Transition.objects.update(effective_on=F("effective_on") - timedelta(days=days))
        take_effect_and_enlist()
        self.model.days_pass(days)
        self.after("days_pass", "", did=True, refused=False)
