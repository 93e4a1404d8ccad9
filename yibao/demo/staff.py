"""Accounts and posts of those whom a roster does not bring, and who may be tried out."""

from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password
from faker import Faker

from yibao.accounts.models import User
from yibao.demo import cast
from yibao.people.levels import Level
from yibao.people.models import College, Post, Student


def make_staff(colleges: list[str], seed: int) -> None:
    """An officer for each college, the school's office, finance, administrator and auditor."""
    fake = Faker("zh_CN")
    fake.seed_instance(seed + 1)
    by_name = {college.name: college for college in College.objects.all()}
    for place, name in enumerate(colleges):
        drawn = fake.last_name() + fake.first_name()
        officer = cast.COLLEGE_OFFICERS[place] if place < len(cast.COLLEGE_OFFICERS) else drawn
        if name in by_name:
            _post(cast.college_officer_no(place), officer, Level.COLLEGE, by_name[name])
    for people, level in (
        (cast.SCHOOL_OFFICERS, Level.SCHOOL),
        (cast.FINANCE_OFFICERS, Level.FINANCE),
        ((cast.ADMINISTRATOR,), Level.ADMIN),
        ((cast.AUDITOR,), Level.AUDITOR),
    ):
        for number, name in people:
            _post(number, name, level)


def _post(number: str, name: str, level: Level, college: College | None = None) -> None:
    user, _ = User.objects.get_or_create(username=number, defaults={"name": name})
    Post.objects.get_or_create(user=user, level=level, college=college)


def give_passwords() -> None:
    """Everybody signs in with the same password: one hash, so that this takes no hour."""
    User.objects.update(password=make_password(cast.PASSWORD), must_change_password=False)


@dataclass(frozen=True)
class DemoAccount:
    """One person to sign in as."""

    role: str
    username: str
    name: str
    password: str = cast.PASSWORD


def demo_accounts() -> list[DemoAccount]:
    """One account a role, as far as they are there and still have the demo's password."""
    wanted = [*_students(), *_counselors()]
    numbers = {
        "学院": cast.college_officer_no(0),
        "学院（兼另一学院辅导员）": cast.TWO_POSTS[0],
        "学校": cast.SCHOOL_OFFICERS[0][0],
        "财务": cast.FINANCE_OFFICERS[0][0],
        "系统管理员": cast.ADMINISTRATOR[0],
        "审计": cast.AUDITOR[0],
    }
    wanted += numbers.items()
    users = {
        user.username: user
        for user in User.objects.filter(username__in=[number for _, number in wanted])
    }
    shared = next((users[number].password for _, number in wanted if number in users), "")
    if not shared or not check_password(cast.PASSWORD, shared):
        return []
    return [
        DemoAccount(role, number, users[number].name)
        for role, number in wanted
        if number in users and users[number].password == shared
    ]


def _students() -> list[tuple[str, str]]:
    """The student of the cast, and the first postgraduate of the same college."""
    known = Student.objects.filter(name=cast.STUDENT).order_by("pk").first()
    found = [("学生（本科）", known.student_no)] if known else []
    first = Student.objects.filter(student_no__startswith="M").order_by("student_no").first()
    return found + ([("学生（研究生）", first.student_no)] if first else [])


def _counselors() -> list[tuple[str, str]]:
    posts = Post.objects.filter(level=Level.COUNSELOR).order_by("pk")
    found = []
    for role, name in (
        ("辅导员（本科）", cast.COUNSELOR),
        ("辅导员（研究生）", cast.POSTGRADUATE_COUNSELOR),
    ):
        post = posts.filter(user__name=name).first()
        found += [(role, post.user.username)] if post else []
    return found
