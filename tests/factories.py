"""Make people and plans for tests. No surprises: what is not given is plain and valid."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common.crypto import blind_index
from yibao.people.codes import ON_ROLL, POSTGRADUATE, UNDERGRADUATE, DocumentType, Sex
from yibao.people.identity import check_character
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College, Major, Post, Student
from yibao.plans.models import InsurancePlan
from yibao.plans.states import Choosing, CountsAs, PlanStatus, Reduction

_sequence = count(1)
BORN = date(2005, 3, 2)


def id_number(n: int, born: date = BORN, sex: str = Sex.MALE) -> str:
    """A valid number, the n-th of its day and sex."""
    order = n * 2 + (1 if sex == Sex.MALE else 0)
    first17 = f"350102{born:%Y%m%d}{order % 1000:03d}"
    return first17 + check_character(first17)


def make_class(name="计算机2401", college="计算机学院", major="软件工程", grade=2024) -> ClassGroup:
    group, _ = ClassGroup.objects.get_or_create(
        name=name,
        grade=grade,
        major=Major.objects.get_or_create(
            name=major, college=College.objects.get_or_create(name=college)[0]
        )[0],
    )
    return group


def make_student(class_group: ClassGroup, name="张三", student_no="", **fields) -> Student:
    """A student whose master data are complete and right."""
    n = next(_sequence)
    student_no = student_no or f"2024{n:06d}"
    number = fields.pop("id_number", None)
    if number is None:
        number = id_number(n, BORN + timedelta(days=n // 400))
    mobile = fields.pop("mobile", f"1390591{n % 10000:04d}")
    defaults = {
        "sex": Sex.MALE,
        "ethnicity": "汉",
        "document_type": DocumentType.ID_CARD,
        "birth_date": BORN + timedelta(days=n // 400),
        "entered_on": date(class_group.grade, 9, 1),
        "graduates_on": date(class_group.grade + 4, 6, 30),
    }
    return Student.objects.create(
        user=User.objects.create_user(student_no, name),
        student_no=student_no,
        name=name,
        class_group=class_group,
        id_number=number,
        id_number_index=blind_index(number),
        mobile=mobile,
        mobile_index=blind_index(mobile),
        **(defaults | fields),
    )


def make_post(user: User, level: Level, college=None, classes=()) -> Post:
    post = Post.objects.create(user=user, level=level, college=college)
    post.class_groups.set(classes)
    return post


def make_staff(username: str, name: str, level: Level, college=None, classes=()) -> User:
    user = User.objects.create_user(username, name)
    make_post(user, level, college, classes)
    return user


def make_plan(
    name="2026年大学生医保", *, way="A", status=PlanStatus.OPEN, premium="533.00", **fields
):
    """Way A: three steps, pay online or cash. Way B: the counselor alone, rates go up."""
    at = now()
    levels = UNDERGRADUATE if way == "A" else POSTGRADUATE
    window = (at - timedelta(days=7), at + timedelta(days=30))
    defaults = {
        "academic_year": 2026,
        "apply_from": window[0],
        "apply_until": window[1],
        "pay_from": window[0],
        "pay_until": window[1],
        "coverage_start": date(2027, 1, 1),
        "coverage_end": date(2027, 12, 31),
        "training_levels": list(levels),
        "roster_statuses": list(ON_ROLL),
        "channels": ["sandbox", "cash"],
        "statement_required": False,  # what stays out unsigned is simpler; tests of papers ask for it
    }
    if way == "B":
        defaults |= {"rate_reporting": True, "rate_from": window[0], "rate_until": window[1]}
    plan = InsurancePlan.objects.create(name=name, status=status, **(defaults | fields))
    plan.types.create(
        name="城乡居民基本医疗保险",
        premium=Decimal(premium),
        government_subsidy=Decimal("700.00"),
        choosing=Choosing.REQUIRED,
    )
    steps = [
        (Level.COUNSELOR, "辅导员审核"),
        (Level.COLLEGE, "学院审核"),
        (Level.SCHOOL, "学校审核"),
    ]
    for position, (level, step) in enumerate(steps[: 3 if way == "A" else 1], start=1):
        plan.steps.create(position=position, level=level, name=step)
    plan.reasons.create(position=1, name="已在户籍地参加居民医保", counts_as=CountsAs.ELSEWHERE)
    plan.reasons.create(position=2, name="自愿放弃")
    plan.reasons.create(position=3, name="学籍不在本校", counts_as=CountsAs.LEAVES)
    plan.fee_rules.create(reduction=Reduction.FULL, payer="学校资助经费")
    return plan
