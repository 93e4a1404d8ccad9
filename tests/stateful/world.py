"""The university of the model in the database: a few classes, everybody who works there, one plan."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.utils.timezone import now

from tests.factories import make_class, make_plan, make_post, make_student
from tests.stateful import model
from yibao.accounts.models import User
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import open_for_enrolment
from yibao.people.codes import TrainingLevel
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College, Post
from yibao.people.scope import HELD
from yibao.plans.models import HardshipEntry, InsurancePlan, OptOutReason
from yibao.plans.states import PlanStatus

LEVEL = {"A": TrainingLevel.BACHELOR, "B": TrainingLevel.MASTER}


@dataclass
class World:
    """Who and what of the model is which row."""

    plan: InsurancePlan
    classes: dict[str, ClassGroup] = field(default_factory=dict)
    colleges: dict[str, College] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)  # enrolments
    students: list[int] = field(default_factory=list)
    steps: dict[int | None, int | None] = field(default_factory=dict)  # key → place in the chain
    reasons: list[OptOutReason] = field(default_factory=list)
    known: set[str] = field(default_factory=set)  # states that have been looked at

    def forget(self) -> None:
        """Somebody's next request reads their posts anew."""
        for user in self.users.values():
            getattr(user, "_prefetched_objects_cache", {}).pop(HELD, None)

    def post(self, held: model.Held) -> Post:
        college = self.colleges.get(held.college)
        return Post.objects.get(user=self.users[held.who], level=held.level, college=college)


def build(way: str) -> World:
    """The plan is opened by the office, as in life."""
    levels = {"training_levels": [LEVEL[way]], "channels": ["till", "cash"]}
    here = World(make_plan(way=way, status=PlanStatus.DRAFT, **levels))
    for name, (college, grade) in model.CLASSES.items():
        group = make_class(name, f"{college}学院", f"{college}专业", grade=grade)
        here.classes[name], here.colleges[college] = group, group.major.college
    here.colleges["丁"] = College.objects.create(name="丁学院")
    for i, name in enumerate(model.BEGIN_IN):
        student = make_student(here.classes[name], f"学生{'一二三四五六七八九十百千万亿'[i]}",
                               f"S{i:02}", training_level=LEVEL[way])  # fmt: skip
        here.users[f"s{i}"] = student.user
        here.students.append(student.pk)
    make_stranger(here)
    for who, posts in model.STAFF.items():
        if who not in here.users:
            here.users[who] = User.objects.create_user(f"T-{who}", who)
        for level, college, classes in posts:
            groups = [here.classes[name] for name in classes.split()]
            post = make_post(
                here.users[who], Level(level), here.colleges.get(college), classes=groups
            )
            if who in model.ENDED:
                post.is_active = False
                post.save()
    free = {"student_id": here.students[model.FREE], "category": "孤儿", "level": "特别困难"}
    HardshipEntry.objects.create(academic_year=2026, **free)
    open_for_enrolment(here.plan, by=here.users["zhou"])
    return read(here)


def make_stranger(here: World) -> None:
    student = make_student(here.classes["a"], "外人", "S99", training_level=TrainingLevel.COLLEGE)
    here.users["stranger"] = student.user


def read(here: World) -> World:
    """What the database calls it."""
    rows = dict(Enrolment.objects.filter(plan=here.plan).values_list("student", "pk"))
    here.rows = [rows[pk] for pk in here.students]
    keys = here.plan.steps.order_by("position").values_list("pk", flat=True)
    here.steps = {None: None} | {key: place for place, key in enumerate(keys)}
    here.reasons = list(here.plan.reasons.select_related("plan").order_by("position"))
    return here


def moment(*, is_open: bool):
    """An end that has passed, or has not."""
    return now() + (timedelta(days=30) if is_open else -timedelta(minutes=1))


def yuan(amount: int | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)
