"""Passwords made of what the roster knows of a person."""

from django.core.exceptions import ValidationError

from yibao.accounts.passwords import is_made_of

SHORTEST_ID_PART = 6


def parts_of_id(number: str) -> list[str]:
    """The whole number, its last six and eight characters: the usual initial passwords."""
    if len(number) < SHORTEST_ID_PART:
        return []
    return [number, number[-8:], number[-6:]]


class NotPersonal:
    """Neither a birthday, nor a part of the ID number, nor a phone number."""

    def validate(self, password, user=None):
        """Refuse what a fellow student may know."""
        student = getattr(user, "student", None) if user is not None and user.pk else None
        if student is None:
            return
        if student.birth_date and any(
            is_made_of(password, student.birth_date.strftime(form))
            for form in ("%Y%m%d", "%y%m%d", "%d%m%Y", "%m%d%Y")
        ):
            raise ValidationError("密码不能由生日构成，请换一个")
        if any(is_made_of(password, part) for part in parts_of_id(student.id_number)):
            raise ValidationError("密码不能由证件号码构成，初始密码就是这样来的，请换一个")
        if any(is_made_of(password, part) for part in parts_of_id(student.mobile)):
            raise ValidationError("密码不能由手机号构成，请换一个")

    def get_help_text(self):
        """The rule in words."""
        return "不能由生日、证件号码、手机号构成"
