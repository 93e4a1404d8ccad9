"""What may be done with a student's data, and if not, why not. "" means it may."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from yibao.accounts.models import User
from yibao.common.crypto import blind_index
from yibao.people.levels import REVIEWING, Level
from yibao.people.master import (
    FIELDS,
    Values,
    changed,
    class_key,
    differences,
    following,
    unpacked,
    why_not,
)
from yibao.people.models import ClassGroup, Correction, Student
from yibao.people.scope import holds
from yibao.people.states import PROOF_NEEDED, CorrectionStatus, Topic

Rows = Sequence[Correction]
Reasons = dict[int, str]
TAKEN = "这个证件号码已登记在另一名学生名下，请联系学校医保办公室核实"
ORDER = list(Topic)


def why_not_change_contact(student: Student, by: User) -> str:
    """联系方式: by the student, a counselor of the class, or the school office."""
    if student.user_id == by.pk:
        return ""
    covered = Student.objects.covered_by(by, Level.COUNSELOR, Level.SCHOOL)
    if covered.filter(pk=student.pk).exists():
        return ""
    return "只能修改本人或所带班级学生的联系方式"


# 更正申请 ---------------------------------------------------------------------------------


def why_not_ask(student: Student, topic: Topic, by: User) -> str:
    """申请更正: one's own data, and one request for one thing at a time."""
    if student.user_id != by.pk:
        return "只能申请更正本人的信息"
    if student.corrections.open().filter(topic=topic).exists():
        return f"“{topic.label}”已在更正中，请等待处理；如需改动，请先撤回再重新申请"
    return ""


def wrong_in_request(student: Student, topic: Topic, new: Values) -> dict[str, str]:
    """Field → why the new value cannot stand.

    That somebody else has the same number is not said here: it would tell who studies at this school.
    """
    if not differences(student, new):
        return {topic.names[-1]: "与现在登记的内容相同，不需要更正"}
    return why_not(student, new | following(student, new))


def why_not_incomplete(topic: Topic, reason: str, *, has_proof: bool) -> str:
    """What a request needs besides the new value."""
    if not reason.strip():
        return "请填写更正原因"
    return f"更正{topic.label}请上传证件照片" if topic in PROOF_NEEDED and not has_proof else ""


def why_not_withdraw(rows: Rows, by: User) -> Reasons:
    """撤回 one's own request while nobody has decided it."""

    def reason(row: Correction) -> str:
        if row.student.user_id != by.pk:
            return "只能撤回本人的更正申请"
        return _why_not_open(row, "撤回")

    return _reasons(rows, reason)


def why_not_decide(rows: Rows, by: User) -> Reasons:
    """退回 or, if the new value can stand, 通过: by whoever is in charge of the student."""
    mine = _in_charge(rows, by)

    def reason(row: Correction) -> str:
        if row.student.user_id == by.pk:
            return "不能处理本人的更正申请"
        if row.student_id not in mine:
            return "只能处理所管学生的更正申请"
        return _why_not_open(row, "再处理")

    return _reasons(rows, reason)


def why_not_accept(rows: Rows, by: User) -> Reasons:
    """通过: the new value is right beside the rest, and the number nobody else's."""
    return judge(rows, by)[1]


def judge(rows: Rows, by: User) -> tuple[dict[int, Values], Reasons]:
    """What accepting would write, and why the others cannot be accepted.

    Requests of one student are taken one after the other, the document first: a birth date may be right
    only beside the new number. The number of queries does not grow with the rows.
    """
    reasons = why_not_decide(rows, by)
    judged = in_turn([row for row in rows if row.pk not in reasons])
    classes = classes_named(judged)
    owners = owners_of(row.new.get("id_number", "") for row in judged)
    now: dict[int, Student] = {}
    writes: dict[int, Values] = {}
    for row in judged:
        student = now.get(row.student_id, row.student)
        new = differences(student, unpacked(row.new, classes))
        new |= following(student, new)
        if why := _why_not_write(student, new, by, owners):
            reasons[row.pk] = why
            continue
        now[row.student_id] = changed(student, new)
        writes[row.pk] = new
        if "id_number" in new:
            owners[blind_index(new["id_number"])] = row.student_id
    return writes, reasons


def in_turn(rows: Rows) -> list[Correction]:
    """The requests of one student one after the other, that about the document first."""
    return sorted(rows, key=lambda row: (row.student_id, ORDER.index(Topic(row.topic)), row.pk))


def classes_named(rows: Rows) -> Mapping[int, ClassGroup]:
    """The classes that requests ask for."""
    wanted = {class_key(row.new["class_group"]) for row in rows if row.new.get("class_group")}
    return ClassGroup.objects.select_related("major__college").in_bulk(wanted) if wanted else {}


def owners_of(numbers: Any) -> dict[bytes, int]:
    """Whose document numbers are already on record."""
    wanted = [index for number in numbers if (index := blind_index(number))]
    found = Student.objects.filter(id_number_index__in=wanted) if wanted else Student.objects.none()
    return {bytes(index): pk for index, pk in found.values_list("id_number_index", "pk")}


# 学生管理 ---------------------------------------------------------------------------------


def why_not_maintain(student: Student, by: User) -> str:
    """修改学生信息: by whoever is in charge of the student, never one's own."""
    if student.user_id == by.pk:
        return "不能修改本人的信息，请提交更正申请"
    if Student.objects.covered_by(by, *REVIEWING).filter(pk=student.pk).exists():
        return ""
    return "只能修改所管学生的信息"


def wrong_in_change(student: Student, new: Values, by: User) -> dict[str, str]:
    """Field → why it cannot be so; by the rules of the roster."""
    found = why_not(student, new)
    if "id_number" in new and "id_number" not in found:
        owner = owners_of([new["id_number"]]).get(blind_index(new["id_number"]), student.pk)
        found |= {"id_number": TAKEN} if owner != student.pk else {}
    if "class_group" in new and "class_group" not in found:
        why = why_not_move(student, new["class_group"], by)
        found |= {"class_group": why} if why else {}
    return {name: found[name] for name in FIELDS if name in found}


def why_not_move(student: Student, to: ClassGroup | None, by: User) -> str:
    """换班 within the college; to another college by the school office, which moves the rates too."""
    if to is None:
        return "所选班级已不存在，请重新选择"
    same = to.major.college_id == student.class_group.major.college_id
    return "" if same or holds(by, Level.SCHOOL) else "转到其他学院须由学校医保办公室办理"


def _why_not_write(student: Student, new: Values, by: User, owners: Mapping[bytes, int]) -> str:
    if "id_number" in new:
        owner = owners.get(blind_index(new["id_number"]), student.pk)
        if owner != student.pk:
            return TAKEN
    if "class_group" in new and (why := why_not_move(student, new["class_group"], by)):
        return why
    return "；".join(why_not(student, new).values())


def _why_not_open(row: Correction, verb: str) -> str:
    if row.status == CorrectionStatus.OPEN:
        return ""
    return f"这项更正{row.get_status_display()}，不能{verb}"


def _in_charge(rows: Rows, by: User) -> set[int]:
    covered = Student.objects.covered_by(by, *REVIEWING)
    wanted = {row.student_id for row in rows}
    return set(covered.filter(pk__in=wanted).values_list("pk", flat=True))


def _reasons(rows: Rows, reason: Callable[[Correction], str]) -> Reasons:
    answers = ((row.pk, reason(row)) for row in rows)
    return {pk: why for pk, why in answers if why}
