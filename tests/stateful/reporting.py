"""Steps of way B: rates go up, are decided, come back, and are corrected."""

from tests.stateful.model import CLASSES
from tests.stateful.paying import Paying
from yibao.reports import flow
from yibao.reports.models import RateReport, RateReportLine
from yibao.reports.states import RateStatus

GRADES = sorted({*CLASSES.values()})
COLLEGES = sorted({college for college, _ in GRADES})


class Reporting(Paying):
    """Counselors, colleges and the school hand rates up."""

    def pick(self, units, nth, may):
        """Mostly one of the units of which somebody may do it."""
        if nth % 5 == 0:
            return units[nth // 5 % len(units)]
        everybody = self.world.users
        able = [unit for unit in units if any(may(name, unit) for name in everybody)] or units
        return able[nth % len(able)]

    def in_charge(self, unit):
        """Whoever hands this unit's rate in, when it is time."""
        college, grade = unit
        if grade is None:
            return lambda name: self.model.oversees(name, college)
        return lambda name: self.model.counsels(name, unit)

    def hand_in(self, who, nth):
        may = self.model.may_hand_in
        unit = self.pick(GRADES, nth, lambda name, unit: may(name, *unit))
        who = self.choose(who, lambda name: may(name, *unit), self.in_charge(unit))
        college, grade = unit
        self.whole(
            "hand_in_grade",
            who,
            lambda: flow.hand_in_grade(
                self.world.plan, self.world.colleges[college], grade, by=self.user(who)
            ),
            lambda: self.model.hand_in(college, grade),
            may=may(who, college, grade),
        )

    def hand_up(self, who, nth):
        may = self.model.may_hand_up
        college = self.pick(COLLEGES, nth, may)
        who = self.choose(who, lambda name: may(name, college), self.in_charge((college, None)))
        self.whole(
            "hand_in_college",
            who,
            lambda: flow.hand_in_college(
                self.world.plan, self.world.colleges[college], by=self.user(who)
            ),
            lambda: self.model.hand_up(college),
            may=may(who, college),
        )

    def decide(self, who, nth, flag, door):
        to = "accepted" if flag else "returned"

        def decides(reports, by):
            return flow.decide(reports, RateStatus(to), by=by, opinion="请核对")

        self.of_reports(
            "accept_rate" if flag else "return_rate",
            (who, nth, door),
            lambda name, unit: self.model.may_decide(name, unit, to),
            decides,
            to,
        )

    def pull(self, who, nth, door):
        self.of_reports(
            "withdraw_rate",
            (who, nth, door),
            self.model.may_pull,
            lambda reports, by: flow.withdraw(reports, by=by, reason="漏了一人"),
            "returned",
        )

    def of_reports(self, verb, chosen, may, does, to):
        """One rate, or all of grades or colleges."""
        who, nth, several = chosen
        units = list(self.model.handed)
        unit = self.pick(units, nth, may)
        if several:
            units = [one for one in units if (one[1] is None) == (unit[1] is None)]
        else:
            units = [unit]
        who = self.choose(who, lambda name: may(name, unit))
        allowed = [one for one in units if may(who, one)]
        keys = {
            (college, grade): pk
            for pk, college, grade in RateReport.objects.values_list("pk", "college", "grade")
        }
        pks = {one: keys[self.world.colleges[one[0]].pk, one[1]] for one in units}
        outcome = does(RateReport.objects.filter(pk__in=pks.values()), self.user(who))
        assert sorted(outcome.done) == sorted(pks[one] for one in allowed)
        assert outcome.refused.keys() == {pks[one] for one in units if one not in allowed}
        for one in allowed:
            self.model.handed[one].status = to
        self.after(verb, who, did=bool(allowed), refused=len(allowed) < len(units))

    def correct(self, who, i, nth):
        reason = nth % len(self.world.reasons)
        """学院参保名单 修改, with the key of a line however it was come by."""
        may = self.model.may_correct
        lines = [
            (unit, self.model.rows[line])
            for unit, handed in self.model.handed.items()
            for line in handed.lines
        ]
        able = [line for line in lines if any(may(name, *line) for name in self.world.users)]
        unit, row = able[nth % len(able)] if able and nth % 5 else lines[i % len(lines)]
        who = self.choose(
            who, lambda name: may(name, unit, row), lambda name: self.model.oversees(name, unit[0])
        )
        college, grade = unit
        line = RateReportLine.objects.filter(
            report__college=self.world.colleges[college],
            report__grade=grade,
            enrolment=self.world.rows[row.i],
        )
        self.whole(
            "correct",
            who,
            lambda: flow.correct(
                line, self.world.reasons[reason], by=self.user(who), why="核对了凭证"
            ),
            lambda: self.model.correct(unit, row, reason),
            may=may(who, unit, row),
        )
