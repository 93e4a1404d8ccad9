"""What somebody saw of a student deliberately: a number in full, a photo of a card. Each leaves its line."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yibao.common import audit
from yibao.common.errors import Refused
from yibao.people.models import Correction, Student
from yibao.people.scope import posts_of

MOST_SHOWN = 200
LOOKS = {
    "disclose": "查看了完整的",
    "view_proof": "查看了",
    "view_paper": "查看了",
    "export_full": "导出了含完整号码的",
}
FIELDS = {"id_number": "证件号码", "mobile": "手机号", "home_phone": "家庭电话"}
NEW_NUMBER = "申请更正的证件号码"


def disclose(student: Student, field: str, *, by: Any) -> str:
    """查看完整号码; the number itself never stands in the trail. Raises `Refused`."""
    if field not in FIELDS:
        raise Refused("没有这一项，请刷新页面后再试")
    number = getattr(student, field)
    if not number:
        raise Refused(f"没有登记{FIELDS[field]}")
    audit.record("disclose", student, by=by, field=FIELDS[field], post=post_words(by))
    return number


def disclose_wish(correction: Correction, *, by: Any) -> str:
    """The number that a student asks for, to be compared with the photo. Raises `Refused`."""
    number = correction.new.get("id_number", "")
    if not number:
        raise Refused("这项更正里没有证件号码")
    audit.record("disclose", correction.student, by=by, field=NEW_NUMBER, post=post_words(by))
    return number


def look_at_proof(correction: Correction, *, by: Any) -> None:
    """查看证明照片."""
    topic = correction.get_topic_display()
    audit.record(
        "view_proof", correction.student, by=by, field=f"更正{topic}的照片", post=post_words(by)
    )


@dataclass(frozen=True)
class Look:
    """One time that somebody else saw what is usually masked."""

    at: datetime
    who: str
    post: str
    what: str
    reason: str = ""


def look_at_paper(student: Student, what: str, *, by: Any) -> None:
    """查看证明材料 or 承诺书: what somebody handed in shows a whole card or a signature."""
    audit.record("view_paper", student, by=by, field=what, post=post_words(by))


def looks_at(student: Student) -> list[Look]:
    """谁查看过我的信息, the latest first; what the student did is not in it."""
    lines = audit.trail_of(student).filter(action__in=LOOKS).exclude(by=student.user_id)
    return [
        Look(
            line.at,
            line.by.name if line.by else "系统",
            line.data.get("post", ""),
            f"{LOOKS[line.action]}{line.data.get('field', '')}",
            line.data.get("reason", ""),
        )
        for line in lines[:MOST_SHOWN]
    ]


def note_export(students: Collection[int], *, by: Any, name: str, reason: str) -> None:
    """导出完整号码: each student in the file can read of it."""
    post = post_words(by)
    audit.record_many(
        audit.entry("export_full", Student(pk=pk), by=by, field=name, reason=reason, post=post)
        for pk in students
    )


def post_words(person: Any) -> str:
    """At which posts somebody acts, as students know them."""
    words = (
        post.college.name if post.college_id else post.get_level_display()
        for post in posts_of(person)
    )
    return "、".join(dict.fromkeys(words))
