"""The twelve master fields as a student sees them: secrets masked, faults at their field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yibao.people.checks import LABELS
from yibao.people.identity import mask_id_number
from yibao.people.models import Correction, Student
from yibao.people.states import TOPIC_OF, Topic


@dataclass(frozen=True)
class Fact:
    """One field: what stands there, and what is wrong with it."""

    label: str
    value: str
    fault: str = ""
    topic: Topic | None = None
    waiting: Correction | None = None


def master_facts(
    student: Student,
    faults: Mapping[str, str] | None = None,
    waiting: Iterable[Correction] = (),
) -> list[Fact]:
    """In the order of the form, each with the request that waits to have it corrected."""
    group = student.class_group
    values = {
        "student_no": student.student_no,
        "name": student.name,
        "document_type": student.get_document_type_display(),
        "id_number": mask_id_number(student.id_number),
        "sex": student.get_sex_display(),
        "ethnicity": f"{student.ethnicity}族" if student.ethnicity else "",
        "birth_date": str(student.birth_date or ""),
        "college": group.major.college.name,
        "major": group.major.name,
        "grade": f"{group.grade} 级（{group.name}）",
        "entered_on": str(student.entered_on or ""),
        "graduates_on": str(student.graduates_on or ""),
    }
    faults = faults or {}
    asked = {row.topic: row for row in waiting}
    return [
        Fact(label, values[field], faults.get(field, ""), topic, asked.get(topic))
        for field, label in LABELS.items()
        for topic in [TOPIC_OF.get(field)]
    ]
