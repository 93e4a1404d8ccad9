"""Wrong passwords are counted by account and address (django-axes); what was typed as a name is not kept.

Many type their ID number there, and now and then a password.
"""

from typing import Any

from axes.utils import reset

from yibao.accounts.models import User
from yibao.common.crypto import blind_index


def counted_as(request: Any, credentials: dict[str, Any] | None) -> str:
    """The name under which tries are counted; axes asks (AXES_USERNAME_CALLABLE)."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return blind_index(typed).hex()


def release(user: User) -> None:
    """Somebody who has a new password may try at once."""
    reset(username=blind_index(user.username).hex())
