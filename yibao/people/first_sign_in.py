"""The first sign-in of a student: the last six characters of the ID number, for a short while.

The roster brings no passwords, and hashing one per student would take half an hour. So an account
without a password accepts the campus habit once, within INITIAL_DAYS of its making, and then must
choose a password of its own. It is never stored as one.
"""

import hmac
from datetime import timedelta
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common.crypto import normalise
from yibao.people.models import Student

INITIAL_DAYS = 14
INITIAL_CHARACTERS = 6


class FirstSignIn(ModelBackend):
    """Tried after the ordinary password; only for students who never had one."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002 - Django's signature
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,  # noqa: ARG002 - the same
    ) -> User | None:
        """The account, when the tail of its ID number is right and in time."""
        if not username or not password:
            return None
        student = (
            Student.objects.select_related("user")
            .filter(user__username=username.strip(), user__is_active=True)
            .first()
        )
        if student is None or student.user.has_usable_password():
            return None
        if now() > student.user.created_at + timedelta(days=INITIAL_DAYS):
            return None
        tail = normalise(student.id_number)[-INITIAL_CHARACTERS:]
        given = normalise(password)
        if len(tail) < INITIAL_CHARACTERS or not hmac.compare_digest(tail.encode(), given.encode()):
            return None
        User.objects.filter(pk=student.user_id).update(must_change_password=True)
        student.user.must_change_password = True
        return student.user
