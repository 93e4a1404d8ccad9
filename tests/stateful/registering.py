"""Steps of registration and review, of the roster, of posts and of the plan."""

from datetime import timedelta

from django.utils.timezone import localdate, now

from tests.stateful.acting import Acting
from tests.stateful.model import EVERYBODY, Held, Row
from tests.stateful.world import moment
from yibao.enrolment import flow, objecting
from yibao.enrolment.amending import amend_plan
from yibao.enrolment.choice import Choice
from yibao.enrolment.master_data import change_and_enlist
from yibao.enrolment.roster import open_for_enrolment
from yibao.enrolment.states import Intent
from yibao.payments import flow as payments
from yibao.people import handing_over
from yibao.people.codes import RosterStatus
from yibao.people.models import Deputy, Student
from yibao.plans import flow as plans
from yibao.plans.editing import Edit, stored
from yibao.plans.models import InsurancePlan
from yibao.plans.sections import SECTIONS
from yibao.reports.undoing import undo_review

WINDOWS = ("apply_open", "pay_open", "rate_open")


class Registering(Acting):
    """Students and reviewers."""

    def submit(self, who, whom, reason, door):
        why = None if reason is None else self.world.reasons[reason]
        intent = Intent.JOIN if why is None else Intent.STAY_OUT
        choice = Choice(intent, reason=why, consent="当面同意")

        def then(who, rows):
            for row in rows:
                self.model.submit(who, row, reason)

        self.each(
            "submit",
            who,
            whom,
            self.model.may_submit,
            lambda rows, by: flow.submit(rows, choice, by=by),
            door=door,
            then=then,
        )

    def submit_own(self, i, reason):
        self.submit(f"s{i}", f"s{i}", reason, True)

    def withdraw(self, who, whom, door):
        self.each(
            "withdraw",
            who,
            whom,
            self.model.may_withdraw,
            lambda rows, by: flow.withdraw(rows, by=by),
            door=door,
            then=self.all(self.model.withdraw),
        )

    def mark_required(self, who, whom, door, flag):
        def then(_who, rows):
            for row in rows:
                row.required = flag

        self.each(
            "mark_required",
            who,
            whom,
            self.model.may_mark,
            lambda rows, by: flow.mark_required(rows, required=flag, by=by, note="休学出国"),
            door=door,
            then=then,
        )

    def object_to(self, who, i):
        row = self.model.rows[i]
        who = self.choose(who, lambda name: self.model.may_object(name, row))
        self.whole(
            "object",
            who,
            lambda: objecting.object_to(self.one(row), "我要参保", by=self.user(who)),
            lambda: self.model.objects(who, row),
            may=self.model.may_object(who, row),
        )

    def answer(self, who, whom, door):
        def then(_who, rows):
            for row in rows:
                row.objections[row.round] = False

        self.each(
            "answer",
            who,
            whom,
            self.model.may_answer,
            lambda rows, by: objecting.answer(rows, by=by, comment="已核实"),
            door=door,
            then=then,
        )

    def approve(self, who, whom, door):
        self.each(
            "approve",
            who,
            whom,
            self.model.may_review,
            lambda rows, by: flow.approve(rows, by=by, comment="同意"),
            door=door,
            then=self.all(self.model.approve),
        )

    def tempting(self):
        """Who may pass something now and holds the post of its next step as well."""
        levels = (*self.model.steps, "")
        return [
            (who, row)
            for row in self.model.rows
            if row.step is not None and levels[row.step + 1]
            for who in EVERYBODY
            if self.model.may_review(who, row) and self.model.covers(who, row, levels[row.step + 1])
        ]

    def approve_twice(self, nth):
        """Nobody acts at two steps of one submission, whatever posts they hold."""
        several = self.tempting()
        who, row = several[nth % len(several)]
        self.approve(who, row.me, door=True)
        self.approve(who, row.me, door=True)

    def turn_down(self, who, whom, door, flag):
        verb = flow.refuse if flag else flow.send_back
        self.each(
            "refuse" if flag else "send_back",
            who,
            whom,
            self.model.may_review,
            lambda rows, by: verb(rows, by=by, comment="请核对"),
            door=door,
            then=self.all(self.model.turn_down),
        )

    def take_back(self, who, whom, door):
        def then(who, rows):
            for row in rows:
                self.model.take_back(who, row)
                self.model.close_bill(row)

        self.each(
            "take_back",
            who,
            whom,
            self.model.may_take_back,
            lambda rows, by: payments.take_back(rows, by=by, comment="请核对"),
            door=door,
            first=self.model.shut,
            then=then,
        )

    def undo(self, who, whom, door):
        self.each(
            "undo",
            who,
            whom,
            self.model.may_undo,
            lambda rows, by: undo_review(rows, by=by, until=now(), asked=now()),
            door=door,
            then=self.all(self.model.undo),
        )

    def all(self, effect):
        def then(who: str, rows: list[Row]) -> None:
            for row in rows:
                effect(who, row)

        return then

    # The roster -----------------------------------------------------------------------------

    def transfer(self, who, i, group):
        row = self.model.rows[i]
        who = self.choose(who, lambda name: self.model.may_move(name, row, group))
        new = {"class_group": self.world.classes[group]}
        moves = self.model.may_maintain(who, row) and group == row.group

        def then():
            row.group = group
            if not moves:
                self.model.keep_in_step([row])

        self.whole(
            "transfer",
            who,
            lambda: self.change(row, new, who),
            then,
            may=self.model.may_move(who, row, group),
        )

    def leave_or_return(self, who, i):
        row = self.model.rows[i]
        who = self.choose(who, lambda name: self.model.may_maintain(name, row))
        status = RosterStatus.WITHDRAWN if row.on_roll else RosterStatus.ACTIVE

        def then():
            row.roll = "withdrawn" if row.on_roll else "active"
            self.model.keep_in_step([row])

        self.whole(
            "leave" if row.on_roll else "return",
            who,
            lambda: self.change(row, {"roster_status": status}, who),
            then,
            may=self.model.may_maintain(who, row),
        )

    def change(self, row, new, who):
        student = Student.objects.select_related("class_group__major__college").get(
            pk=self.world.students[row.i]
        )
        change_and_enlist(student, new, by=self.user(who), reason="学籍异动")

    # Posts ----------------------------------------------------------------------------------

    def held(self, nth) -> Held:
        held = [post for post in self.model.posts if post.active]
        return held[nth % len(held)]

    def hand_over(self, who, nth, insider, group):
        post = self.held(nth)
        groups = {group} if nth % 2 else set(post.classes)
        may = self.model.may_hand_over
        who = self.choose(who, lambda name: may(name, post, insider, groups))
        self.whole(
            "hand_over",
            who,
            lambda: handing_over.hand_over(
                self.world.post(post),
                self.user(insider),
                [self.world.classes[name] for name in sorted(groups)],
                by=self.user(who),
            ),
            lambda: self.anew(self.model.hand_over(post, insider, groups)),
            may=may(who, post, insider, groups),
        )

    def deputize(self, who, nth, insider):
        post, days = self.held(nth), (localdate(), localdate() + timedelta(days=2))
        may = self.model.may_deputize
        who = self.choose(who, lambda name: may(name, post, insider))
        self.whole(
            "deputize",
            who,
            lambda: handing_over.deputize(
                self.world.post(post), self.user(insider), days, by=self.user(who)
            ),
            lambda: self.anew(post.deputies.add(insider)),
            may=may(who, post, insider),
        )

    def end_deputy(self, who, nth):
        pairs = self.deputies()
        post, name = pairs[nth % len(pairs)]
        who = self.choose(who, lambda name: self.model.holds(name, "admin"))
        deputy = Deputy.objects.get(post=self.world.post(post), user=self.user(name))
        self.whole(
            "end_deputy",
            who,
            lambda: handing_over.end_deputy(deputy, by=self.user(who)),
            lambda: self.anew(post.deputies.discard(name)),
            may=self.model.holds(who, "admin"),
        )

    def anew(self, _done: None) -> None:
        """Whoever acts next reads their posts."""
        self.world.forget()

    def deputies(self) -> list[tuple[Held, str]]:
        return [(post, name) for post in self.model.posts for name in sorted(post.deputies)]

    def shut_windows(self) -> list[str]:
        return [name for name in WINDOWS if not getattr(self.model, name)]

    # The plan -------------------------------------------------------------------------------

    def move_window(self, who, nth):
        """Shut it, or open it again."""
        windows = WINDOWS[: 3 if self.way == "B" else 2]
        name = (self.shut_windows() or [windows[nth % len(windows)]])[0]
        is_open = not getattr(self.model, name)
        section = "rates" if name == "rate_open" else "windows"
        values = {name.replace("open", "until"): moment(is_open=is_open)}
        self.amend("move_window", who, section, Edit(values),
                   lambda: setattr(self.model, name, is_open))  # fmt: skip

    def move_step(self, who, nth):
        shut = [i for i, is_open in enumerate(self.model.step_open) if not is_open]
        place = shut[0] if shut else nth % len(self.model.steps)
        is_open = not self.model.step_open[place]
        rows = [{"pk": pk} | values for pk, values in stored(self.world.plan, "steps").items()]
        rows[place]["closes_at"] = moment(is_open=is_open)

        def then():
            self.model.step_open[place] = is_open

        self.amend("move_step", who, "review", Edit(rows=rows), then)

    def let_resume(self, who):
        """Whether review goes on where it left off after a return."""
        resumes = not self.model.resumes
        rows = [{"pk": pk} | values for pk, values in stored(self.world.plan, "steps").items()]
        self.amend("let_resume", who, "review", Edit({"resume_after_return": resumes}, rows),
                   lambda: setattr(self.model, "resumes", resumes))  # fmt: skip

    def amend(self, verb, who, section, edit, then):
        who = self.choose(who, lambda name: self.model.holds(name, "school"))
        self.whole(
            verb,
            who,
            lambda: amend_plan(self.world.plan, SECTIONS[section], edit, by=self.user(who)),
            then,
            may=self.model.holds(who, "school") and self.model.is_open,
        )

    def close_or_open(self, who):
        """结束, and 重新开放."""
        who = self.choose(who, lambda name: self.model.holds(name, "school"))
        plan = InsurancePlan.objects.get(pk=self.world.plan.pk)

        def opens():
            self.model.is_open = True
            self.model.keep_in_step(self.model.rows)

        is_open = self.model.is_open
        verb = plans.close_plan if is_open else open_for_enrolment
        self.whole(
            "close_plan" if is_open else "open_plan",
            who,
            lambda: verb(plan, by=self.user(who)),
            (lambda: setattr(self.model, "is_open", False)) if is_open else opens,
            may=self.model.holds(who, "school"),
        )
