"""Show a masked number in full: somebody's deliberate act, which leaves its line in the trail."""

from typing import Any

from yibao.common import audit
from yibao.common.errors import Refused
from yibao.people.models import Student

FIELDS = {"id_number": "证件号码", "mobile": "手机号", "home_phone": "家庭电话"}


def disclose(student: Student, field: str, *, by: Any) -> str:
    """查看完整号码; the number itself never stands in the trail. Raises `Refused`."""
    if field not in FIELDS:
        raise Refused("没有这一项，请刷新页面后再试")
    number = getattr(student, field)
    if not number:
        raise Refused(f"没有登记{FIELDS[field]}")
    audit.record("disclose", student, by=by, field=FIELDS[field])
    return number
