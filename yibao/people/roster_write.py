"""Write what a roster changes: COPY into a temporary table, then one statement a kind."""

import secrets
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection

from yibao.accounts.models import User
from yibao.common import public_id
from yibao.common.crypto import blind_index
from yibao.common.fields import EncryptedText
from yibao.people.codes import RosterStatus, TrainingLevel
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College, Major, Post, Student
from yibao.people.pinyin import pinyin_of
from yibao.people.roster_compare import INDEXED, PLAIN, SEALED, Draft
from yibao.people.roster_lines import Line, Place

TYPES = (
    dict.fromkeys((*PLAIN, "name_pinyin"), "text")
    | dict.fromkeys(("birth_date", "entered_on", "graduates_on"), "date")
    | dict.fromkeys((*INDEXED, *(f"{name}_index" for name in INDEXED), *SEALED), "bytea")
    | {"class_group_id": "bigint"}
)
"""Columns of a student that a roster fills. NULL leaves what is there."""
DEFAULTS = (
    {name: "''" for name, kind in TYPES.items() if kind == "text"}
    | {f"{name}_index": "''::bytea" for name in INDEXED}
    | {
        "training_level": f"'{TrainingLevel.BACHELOR}'",
        "roster_status": f"'{RosterStatus.ACTIVE}'",
    }
)
MANY = 1000
"""From so many rows on the planner is told about them at once."""


def write(draft: Draft) -> None:
    """Write a draft. The caller holds the transaction and the lock."""
    _write_places(draft)
    _write_students(draft)
    _write_staff(draft)


def _write_places(draft: Draft) -> None:
    College.objects.bulk_create([College(name=name) for name in sorted(draft.colleges)])
    colleges = dict(College.objects.values_list("name", "pk"))
    Major.objects.bulk_create(
        [Major(college_id=colleges[college], name=name) for college, name in sorted(draft.majors)]
    )
    majors = {
        (college, name): pk
        for pk, college, name in Major.objects.values_list("pk", "college__name", "name")
    }
    missing = [place for place, pk in draft.classes.items() if pk is None]
    groups = ClassGroup.objects.bulk_create(
        [
            ClassGroup(major_id=majors[college, major], grade=grade, name=name)
            for college, major, grade, name in missing
        ],
        batch_size=1000,
    )
    draft.classes.update(zip(missing, (group.pk for group in groups), strict=True))


def _write_students(draft: Draft) -> None:
    if not draft.lines:
        return
    columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE roster"
            f" (student_no text, password text, public_id uuid, {columns}) ON COMMIT DROP"
        )
        with cursor.copy("COPY roster FROM STDIN") as copy:
            for row in _rows(draft.lines, draft.classes):
                copy.write_row(row)
        cursor.execute("ANALYZE roster")
        cursor.execute(UPDATE_USERS)
        cursor.execute(INSERT_USERS)
        cursor.execute(UPDATE_STUDENTS)
        cursor.execute(INSERT_STUDENTS)
        cursor.execute("DROP TABLE roster")
        if len(draft.lines) > MANY:
            cursor.execute("ANALYZE accounts_user, people_student")


def _rows(lines: list[Line], classes: dict[Place, int | None]) -> Iterator[tuple[Any, ...]]:
    fields = {f.name: f for f in Student._meta.concrete_fields if isinstance(f, EncryptedText)}
    for line in lines:
        given = line.given
        values: dict[str, Any] = {name: given.get(name) for name in PLAIN}
        values["name_pinyin"] = pinyin_of(given["name"])
        values["class_group_id"] = classes[line.place]
        for name in (*INDEXED, *SEALED):
            values[name] = fields[name].sealed(given[name]) if name in given else None
        for name in INDEXED:
            values[f"{name}_index"] = blind_index(given[name]) if name in given else None
        # No password fits this one: the account is there, but nobody can sign in to it yet.
        password = UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30)
        yield line.student_no, password, public_id.new(), *(values[name] for name in TYPES)


UPDATE_USERS = """
    UPDATE accounts_user u SET name = r.name FROM roster r
    WHERE u.username = r.student_no AND u.name IS DISTINCT FROM r.name
"""
INSERT_USERS = """
    INSERT INTO accounts_user
        (username, name, password, is_active, must_change_password, created_at)
    SELECT student_no, name, password, true, false, now() FROM roster
    ON CONFLICT (username) DO NOTHING
"""
_COMPARED = [name for name in TYPES if name not in (*INDEXED, *SEALED)]
UPDATE_STUDENTS = f"""
    UPDATE people_student s SET
        {", ".join(f"{name} = COALESCE(r.{name}, s.{name})" for name in TYPES)},
        updated_at = now()
    FROM roster r
    WHERE s.student_no = r.student_no AND (
        ({", ".join(f"COALESCE(r.{name}, s.{name})" for name in _COMPARED)})
        IS DISTINCT FROM ({", ".join(f"s.{name}" for name in _COMPARED)})
        OR {" OR ".join(f"r.{name} IS NOT NULL" for name in SEALED)}
    )
"""  # noqa: S608 - names of columns from above
INSERT_STUDENTS = f"""
    INSERT INTO people_student
        (user_id, student_no, public_id, updated_at, {", ".join(TYPES)})
    SELECT u.id, r.student_no, r.public_id, now(), {
    ", ".join(
        f"COALESCE(r.{name}, {DEFAULTS[name]})" if name in DEFAULTS else f"r.{name}"
        for name in TYPES
    )
}
    FROM roster r JOIN accounts_user u ON u.username = r.student_no
    ON CONFLICT (student_no) DO NOTHING
"""  # noqa: S608


def _write_staff(draft: Draft) -> None:
    """Counselors get an account without a password, their post, and exactly the file's classes."""
    numbers = set().union(*draft.counselors.values()) if draft.counselors else set()
    User.objects.bulk_create(
        [
            User(
                username=number,
                name=draft.staff[number],
                password=UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30),
            )
            for number in sorted(draft.staff)
        ]
    )
    users = dict(User.objects.filter(username__in=numbers).values_list("username", "pk"))
    Post.objects.bulk_create(
        [Post(user_id=pk, level=Level.COUNSELOR) for pk in users.values()],
        update_conflicts=False,
        ignore_conflicts=True,
    )
    posts = Post.objects.filter(user__in=users.values(), level=Level.COUNSELOR)
    posts.filter(is_active=False).update(is_active=True)
    by_number = dict(posts.values_list("user__username", "pk"))
    links = Post.class_groups.through.objects
    changed = [draft.classes[place] for place in draft.counselors]
    links.filter(classgroup__in=changed, post__level=Level.COUNSELOR).delete()
    links.bulk_create(
        [
            Post.class_groups.through(post_id=by_number[number], classgroup_id=draft.classes[place])
            for place, wanted in draft.counselors.items()
            for number in sorted(wanted)
        ],
        batch_size=1000,
    )
