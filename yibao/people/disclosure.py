"""What somebody saw of a student deliberately: a number in full, a photo of a card. Each leaves its line."""

from typing import Any

from yibao.common import audit
from yibao.common.errors import Refused
from yibao.people.models import Correction, Student
from yibao.people.scope import posts_of

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


def post_words(person: Any) -> str:
    """At which posts somebody acts, as students know them."""
    words = (
        f"{post.college.name}{post.get_level_display()}"
        if post.college_id
        else post.get_level_display()
        for post in posts_of(person)
    )
    return "、".join(dict.fromkeys(words))
