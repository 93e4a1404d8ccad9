"""电子邮箱: where messages reach a person outside the system. Optional, sealed, one's own to change."""

import re

from django.db import transaction

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import refuse_if

LONGEST = 120
ADDRESS = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)


def why_not_email(text: str) -> str:
    """Why this is no address that mail could be sent to; "" if it is one, or none is given."""
    if not text or (len(text) <= LONGEST and ADDRESS.fullmatch(text) and ".." not in text):
        return ""
    return "电子邮箱请写成 name@example.edu.cn 的样式；没有可以不填"


@transaction.atomic
def change_email(user: User, email: str, *, by: User) -> User:
    """修改电子邮箱; the trail says that it changed, never what to. Raises `Refused`."""
    email = email.strip()
    refuse_if("" if user.pk == by.pk else "只能修改本人的电子邮箱")
    refuse_if(why_not_email(email))
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.email != email:
        user.email = email
        user.save(update_fields=["email"])
        audit.record("change_email", user, by=by)
    return user
