"""The form fields of master data, the same for a student's request and for staff."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from yibao.people.codes import ETHNICITIES
from yibao.people.identity import mask_id_number
from yibao.people.master import CHOICES, DAYS, FIELDS
from yibao.people.models import ClassGroup, Student

Choices = list[tuple[str, Any]]
PLEASE = ("", "请选择")
ETHNICITY_CHOICES: Choices = [
    ("", "无（外籍）"),
    *((name, f"{name}族") for name in ETHNICITIES),
    ("其他", "其他"),
]


def fields_of(
    student: Student, names: Iterable[str], classes: Iterable[ClassGroup]
) -> dict[str, forms.Field]:
    """Fresh fields for these names. The full number is never put into a page: empty keeps it."""
    return {name: _field(name, student, classes) for name in names}


def _field(name: str, student: Student, classes: Iterable[ClassGroup]) -> forms.Field:
    if name in CHOICES:
        return forms.ChoiceField(label=FIELDS[name], choices=[PLEASE, *CHOICES[name].choices])
    if name in DAYS:
        return forms.DateField(label=FIELDS[name])
    match name:
        case "id_number":
            return _number(student)
        case "ethnicity":
            return forms.ChoiceField(label="民族", choices=ETHNICITY_CHOICES, required=False)
        case "class_group":
            return ClassField(classes)
        case "campus":
            return forms.CharField(label="校区", max_length=40, required=False)
    return forms.CharField(
        label="姓名",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="与证件上的姓名完全一致",
    )


def initial_of(student: Student, names: Iterable[str]) -> dict[str, Any]:
    """What stands there now, but for the number."""
    now = {name: getattr(student, name) for name in names if name != "id_number"}
    return now | ({"class_group": student.class_group_id} if "class_group" in now else {})


def entered(student: Student, cleaned: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The values of a valid form; an empty number is the one on record."""
    values = {name: cleaned.get(name) for name in names}
    if "id_number" in values and not values["id_number"]:
        values["id_number"] = student.id_number
    return values


class ClassField(forms.TypedChoiceField):
    """学院专业班级: classes under their major and grade; its clean value is the class."""

    def __init__(self, classes: Iterable[ClassGroup]):
        self.classes = {str(group.pk): group for group in classes}
        groups: dict[str, list[tuple[str, str]]] = {}
        for pk, group in self.classes.items():
            head = f"{group.major.college} {group.major} {group.grade} 级"
            groups.setdefault(head, []).append((pk, group.name))
        super().__init__(
            label="班级",
            choices=[PLEASE, *groups.items()],
            coerce=self.classes.get,
            empty_value=None,
        )

    def __deepcopy__(self, memo):
        """With the same classes."""
        field = super().__deepcopy__(memo)
        field.coerce = self.classes.get
        return field


def _number(student: Student) -> forms.CharField:
    held = mask_id_number(student.id_number)
    return forms.CharField(
        label="证件号码",
        max_length=40,
        required=not held,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text=f"现在登记的是 {held}，不改就空着" if held else "照着证件填写，字母用大写",
    )
