"""What may be done with a student's data, and if not, why not. "" means it may."""

from yibao.accounts.models import User
from yibao.people.levels import Level
from yibao.people.models import Student


def why_not_change_contact(student: Student, by: User) -> str:
    """联系方式: by the student, a counselor of the class, or the school office."""
    if student.user_id == by.pk:
        return ""
    covered = Student.objects.covered_by(by, Level.COUNSELOR, Level.SCHOOL)
    if covered.filter(pk=student.pk).exists():
        return ""
    return "只能修改本人或所带班级学生的联系方式"
