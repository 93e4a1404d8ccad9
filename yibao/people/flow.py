"""What is done to a student's data from day to day; the roster itself comes by import."""

from django.db import transaction

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.crypto import blind_index
from yibao.common.errors import refuse_if
from yibao.people import rules
from yibao.people.contact import LABELS, Contact, contact_faults, contact_of, tidy
from yibao.people.models import Student


@transaction.atomic
def change_contact(student: Student, contact: Contact, *, by: User) -> Student:
    """修改联系方式. The trail names the fields, never their values. Raises `Refused`."""
    refuse_if(rules.why_not_change_contact(student, by))
    contact = tidy(contact)
    refuse_if("；".join(contact_faults(contact).values()))
    student = Student.objects.select_for_update(of=("self",)).get(pk=student.pk)
    was = contact_of(student)
    changed = [name for name in LABELS if getattr(was, name) != getattr(contact, name)]
    if not changed:
        return student
    for name in changed:
        setattr(student, name, getattr(contact, name))
    student.mobile_index = blind_index(student.mobile)
    student.save(update_fields=[*changed, "mobile_index", "updated_at"])
    audit.record("change_contact", student, by=by, fields=[LABELS[name] for name in changed])
    return student
