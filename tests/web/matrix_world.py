"""The university of the matrix: 王 stands at every point of the story at once, in a plan for each.

So that each address, read or written, has something of 王 to be about. 赵, of another college, has the
same rows: whoever may not see 赵 must not find him.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import QueryDict
from django.test.utils import override_settings
from django.utils.timezone import now

from tests.cast import Cast, make_cast
from tests.common.books import book
from tests.common.test_pictures import photo, upload
from tests.factories import id_number, make_plan
from tests.people.rosters import line as roster_line
from tests.people.rosters import roster
from tests.web import matrix_money, matrix_papers
from tests.web.answers import full_numbers
from yibao.accounts.models import User
from yibao.common import pictures
from yibao.enrolment import drafts
from yibao.enrolment import flow as enrolment_flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment, ReviewRecord
from yibao.enrolment.paper_models import Evidence
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.grid.grid import Grid
from yibao.grid.models import Batch, Progress, SavedQuery
from yibao.grid.query import GridQuery
from yibao.notify.models import Message
from yibao.payments import flow as payment_flow
from yibao.payments import refunding
from yibao.payments.differences import look
from yibao.payments.models import Difference, Order, Payment, Refund
from yibao.payments.providers import base
from yibao.payments.states import DifferenceCause, PaymentStatus, RefundCause, RefundStatus
from yibao.people import flow as people_flow
from yibao.people.codes import UNDERGRADUATE
from yibao.people.flow import Wish
from yibao.people.models import Correction, Student
from yibao.people.states import Topic
from yibao.plans import flow as plan_flow
from yibao.plans import versions
from yibao.plans.models import HardshipEntry, InsurancePlan
from yibao.plans.states import PlanStatus
from yibao.reports import flow as report_flow
from yibao.reports.models import RateReport
from yibao.reports.states import RateStatus
from yibao.web.staff import uploads

HERE = Path(__file__).parent
KEPT, NEXT = pytest.StashKey[tuple[Any, ExitStack]](), pytest.StashKey[pytest.Item | None]()
BACKEND = "django.contrib.auth.backends.ModelBackend"
GRADE = 2024
PLANS = ("apply", "review", "due", "ordered", "paid", "rates", "handed_in", "accepted", "passed")


@dataclass
class World:
    """Everything that an address of the matrix can be about."""

    cast: Cast
    files: dict[str, bytes]
    plans: dict[str, InsurancePlan] = field(default_factory=dict)
    seen: dict[tuple[str, ...], set[int]] = field(default_factory=dict)

    def upload(self, kind: str) -> str:
        """A file of the school office's that waits to be confirmed."""
        return uploads.keep(SimpleUploadedFile("名单.xlsx", self.files[kind]), self.cast.office)

    def row(self, plan: str, student: Student | None = None) -> Enrolment:
        """王's enrolment in a plan."""
        return Enrolment.objects.get(plan=self.plans[plan], student=student or self.cast.wang)

    def difference(self, plan: str) -> Difference:
        """What 王's fee in a plan is no longer."""
        return Difference.objects.get(enrolment=self.row(plan))

    def hardship(self, *, withdrawn: bool) -> HardshipEntry:
        """A recognition of 王's."""
        return self.cast.wang.hardships.get(withdrawn_at__isnull=not withdrawn)

    def order(self, plan: str, student: Student | None = None) -> Order:
        """王's order in a plan."""
        return Order.objects.get(enrolment=self.row(plan, student))

    @property
    def evidence(self) -> Evidence:
        """The photo that 王 handed in."""
        return self.row("stays").evidence.get()

    def report(self, plan: str, **unit: Any) -> RateReport:
        """What 计算机学院 handed in."""
        return RateReport.objects.get(plan=self.plans[plan], college=self.computing, **unit)

    def refund(self, status: RefundStatus) -> Refund:
        """What 王 paid too much, and how far it is on its way back."""
        return Refund.objects.get(payment__order=self.order("paid"), status=status)

    @property
    def correction(self) -> Correction:
        """What 王 asks to have corrected."""
        return Correction.objects.get(student=self.cast.wang, topic=Topic.NAME)

    @property
    def document(self) -> Correction:
        """And about his number."""
        return Correction.objects.get(student=self.cast.wang, topic=Topic.DOCUMENT)

    def message(self, who: str) -> Message:
        """The last thing that somebody was told."""
        return Message.objects.visible_to(self.person(who)).latest("pk")

    @property
    def saved(self) -> SavedQuery:
        """A query that 李 keeps."""
        return SavedQuery.objects.get(user=self.cast.li)

    @property
    def done(self) -> Batch:
        """What 李 has approved, as if a moment ago: it can be undone for ten minutes."""
        done = Batch.objects.get(user=self.cast.li)
        with pgtrigger.ignore("enrolment.ReviewRecord:decided_once"):
            ReviewRecord.objects.filter(enrolment__in=done.done).update(at=now())
        Batch.objects.update(asked_at=now(), moved_at=now())
        return done

    @property
    def retired(self) -> User:
        """Somebody whose account is switched off."""
        return User.objects.get(username="T032")

    @property
    def computing(self):
        return self.cast.classes.cs1.major.college

    @property
    def languages(self):
        return self.cast.classes.en1.major.college

    @cached_property
    def numbers(self) -> set[str]:
        """Every number of every student that must not stand anywhere in full."""
        fields = ("id_number", "mobile", "home_phone")
        return {getattr(s, name) for s in Student.objects.all() for name in fields} - {""}

    def own_numbers(self, who: str) -> set[str]:
        """The phone numbers that somebody may read in a form of their own; of the office, a file's."""
        if who == "office":
            return {*full_numbers(" ".join(map(str, roster_line(1).values())))}
        student = getattr(self.person(who), "student", None)
        return {student.mobile, student.home_phone} if student else set()

    def grid(self, grid_class: type[Grid], who: str, query: str, **context: Any) -> Grid:
        """A list as somebody sees it."""
        asked = GridQuery.read(QueryDict(query), grid_class.params)
        return grid_class(User.objects.get(pk=self.person(who).pk), asked, **context)

    def context(self, name: str) -> dict[str, Any]:
        """What a list of one thing is about."""
        about = {
            "staff:grade_roster": {"report": self.report("accepted", grade=GRADE)},
            "staff:plan_trial_students": {"plan": self.plans["draft"]},
        }
        return about.get(name, {})

    def person(self, who: str) -> Any:
        """The account of somebody of the cast; None for nobody."""
        found = getattr(self.cast, who, None)
        return getattr(found, "user", found)


def build(folder: Path) -> World:
    """Walk 王 and 赵 through the story, and stop at another place in each plan."""
    cast = make_cast()
    world = World(cast, files(folder))
    for name in PLANS:
        way = {"way": "B", "training_levels": list(UNDERGRADUATE)} if is_rated(name) else {}
        plan = world.plans[name] = make_plan(f"医保计划 {name}", **way)
        enlist(plan, by=cast.office)
    versions.keep(world.plans["review"], [], by=cast.office)
    world.plans["draft"] = make_plan("医保计划 draft", status=PlanStatus.DRAFT)
    world.plans["closed"] = make_plan("医保计划 closed")
    plan_flow.close_plan(world.plans["closed"], by=cast.office)

    matrix_papers.build(world)
    drafts.keep(world.row("apply"), data_confirmed=True, intent=Intent.JOIN)
    for name in ("review", "due", "ordered", "paid"):
        submit(world, name, cast.wang, cast.zhao)
    for name in ("due", "ordered", "paid"):
        approve(world, name)
    for student in (cast.wang, cast.zhao):
        payment_flow.open_order(world.row("ordered", student), by=student.user)
    SavedQuery.objects.create(user=cast.li, grid="reviews", name="我的", params="q=王")
    pay(world)
    report(world)
    pks = [world.row("rates").pk]
    Batch.objects.create(
        user=cast.li, grid="reviews", action="approve", pks=pks, done=pks, progress=Progress.READY
    )
    User.objects.filter(pk=world.retired.pk).update(is_active=False)
    for student in (cast.wang, cast.zhao):
        student.hardships.create(academic_year=2026, category="特困人员", level="特别困难")
        student.hardships.create(
            academic_year=2026,
            category="孤儿",
            level="特别困难",
            withdrawn_at=now(),
            withdrawn_note="重复",
        )
        proof = pictures.keep(upload(photo()), by=student.user)
        wish = Wish(Topic.NAME, {"name": "改名字"}, "登记时写错了", proof)
        people_flow.ask_correction(student, wish, by=student.user)
        number = {"document_type": "1", "id_number": id_number(student.pk % 400 + 100)}
        proof = pictures.keep(upload(photo()), by=student.user)
        wish = Wish(Topic.DOCUMENT, number, "登记时写错了", proof)
        people_flow.ask_correction(student, wish, by=student.user)
    differ(world)
    matrix_money.build(world)
    return world


def differ(world: World) -> None:
    """Recognised after ordering and paying; and once insured for nothing that now costs something."""
    cast = world.cast
    for name in ("ordered", "paid"):
        look(world.plans[name], DifferenceCause.RECOGNITION, by=cast.office)
    plan = world.plans["free"] = make_plan("医保计划 free", premium="0.00")
    enlist(plan, by=cast.office)
    submit(world, "free", cast.wang, cast.zhao)
    approve(world, "free")
    plan.fee_rules.all().delete()
    plan.types.update(premium=60)
    look(plan, DifferenceCause.PLAN, by=cast.office)


def files(folder: Path) -> dict[str, bytes]:
    """Lists that change something when they are imported."""
    line = ["2026-2027", "2024010002", "刘思雨", "特别困难", "特困人员"]
    hardship = book(folder / "h.xlsx", ["学年", "学号", "姓名", "困难等级", "认定类别"], line)
    return {
        "roster": roster(folder, roster_line(1, 辅导员姓名="李老师")).read_bytes(),
        "hardship": hardship.read_bytes(),
    }


def is_rated(plan: str) -> bool:
    """Whether a plan of the matrix hands rates up."""
    return plan in PLANS[5:]


def submit(world: World, plan: str, *students: Student) -> None:
    for student in students:
        mine = Enrolment.objects.filter(pk=world.row(plan, student).pk)
        enrolment_flow.submit(
            mine, Choice(Intent.JOIN, consent="当面"), by=student.user
        ).or_refuse()


def approve(world: World, plan: str) -> None:
    cast = world.cast
    for student, chain in (
        (cast.wang, (cast.li, cast.xu, cast.office)),
        (cast.zhao, (cast.sun, cast.qian, cast.office)),
    ):
        mine = Enrolment.objects.filter(pk=world.row(plan, student).pk)
        for by in chain:
            enrolment_flow.approve(mine, by=by).or_refuse()


def pay(world: World) -> None:
    """In cash, and twice too often."""
    cast = world.cast
    for student, by in ((cast.wang, cast.li), (cast.zhao, cast.sun)):
        mine = Enrolment.objects.filter(pk=world.row("paid", student).pk)
        payment_flow.record_cash(mine, by=by).or_refuse()
        order = world.order("paid", student)
        for number in (998, 999):
            again = Payment.objects.create(
                order=order,
                channel="cash",
                status=PaymentStatus.SURPLUS,
                amount=order.amount,
                reference=f"{by.username}-{number:06d}",
                paid_at=now(),
            )
            Refund.objects.create(payment=again, amount=order.amount, cause=RefundCause.PAID_TWICE)
        first = Refund.objects.filter(payment__reference=f"{by.username}-000998")
        refunding.prepare_refunds(first, by=cast.second_finance, note="核对无误").or_refuse()


def report(world: World) -> None:
    """Way B in four plans: ready to hand in, handed in, accepted, and the college's too."""
    cast = world.cast
    for name in PLANS[5:]:
        plan = world.plans[name]
        submit(world, name, cast.wang, cast.liu, cast.zhao, cast.zhou_en)
        for student, by in (
            (cast.wang, cast.li),
            (cast.liu, cast.li),
            (cast.zhao, cast.sun),
            (cast.zhou_en, cast.zhang),
        ):
            mine = Enrolment.objects.filter(pk=world.row(name, student).pk)
            enrolment_flow.approve(mine, by=by).or_refuse()
        if name == "rates":
            continue
        for college, counselor, head in (
            (world.computing, cast.li, cast.xu),
            (world.languages, cast.sun, cast.qian),
        ):
            handed_in = report_flow.hand_in_grade(plan, college, GRADE, by=counselor)
            if name == "handed_in":
                continue
            report_flow.decide(
                RateReport.objects.filter(pk=handed_in.pk), RateStatus.ACCEPTED, by=head
            )
            if name == "passed":
                report_flow.hand_in_college(plan, college, by=head)


@contextmanager
def standing(folder: Path) -> Iterator[World]:
    """The university while it is needed; nothing of it is left afterwards."""
    nowhere = {**settings.SANDBOX_GATEWAY, "base_url": "http://127.0.0.1:9"}
    with override_settings(SANDBOX_GATEWAY=nowhere), transaction.atomic():
        base.provider.cache_clear()
        made = build(folder)
        yield made
        for path in uploads.folder().glob(f"{made.cast.office.pk}-*"):
            path.unlink()
        transaction.set_rollback(True)
    base.provider.cache_clear()


@pytest.fixture(scope="module")
def world(request, django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    """One university for all lines of all suites: building it takes as long as 200 requests."""
    stash = request.session.stash
    if KEPT not in stash:
        with ExitStack() as stack:
            stack.enter_context(django_db_blocker.unblock())
            made = stack.enter_context(standing(tmp_path_factory.mktemp("lists")))
            stash[KEPT] = (made, stack.pop_all())
    made, stack = stash[KEPT]
    yield made
    if not is_about_world(stash[NEXT]):
        del stash[KEPT]
        stack.close()


def is_about_world(item: pytest.Item | None) -> bool:
    """Whether a test is one of the university's."""
    return item is not None and item.path.parent == HERE and "world" in item.fixturenames
