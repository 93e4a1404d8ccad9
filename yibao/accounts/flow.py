"""Sign in, sign out, change the password: each leaves a line in the audit trail."""

from typing import Any

from django.contrib.auth import login, logout, update_session_auth_hash
from django.db import transaction

from yibao.accounts.locks import release
from yibao.accounts.models import Language, User
from yibao.common import audit


def sign_in(request: Any, user: User) -> None:
    """Open a session; the session's old key is worth nothing afterwards."""
    login(request, user)
    audit.record("sign_in", user, by=user, ip=request.META.get("REMOTE_ADDR", ""))


def note_refusal(request: Any, username: str) -> None:
    """Write down a refused sign-in of somebody we know.

    An unknown name is not kept: it is a slip, and now and then a password in the wrong field.
    """
    user = User.objects.filter(username=username).first()
    if user is not None:
        audit.record("sign_in_refused", user, by=None, ip=request.META.get("REMOTE_ADDR", ""))


def sign_out(request: Any, **why: str) -> None:
    """Close the session."""
    if request.user.is_authenticated:
        audit.record("sign_out", request.user, by=request.user, **why)
    logout(request)


@transaction.atomic
def change_password(request: Any, password: str) -> None:
    """Set the person's own password: other sessions end, this one goes on under a new key."""
    user = request.user
    was_initial = user.must_change_password
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    update_session_auth_hash(request, user)
    audit.record("change_password", user, by=user, was_initial=was_initial)


@transaction.atomic
def choose_language(user: User, language: Language) -> None:
    """In which language a person reads their own pages and letters."""
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
        audit.record("choose_language", user, by=user, now=language.label)


@transaction.atomic
def give_initial_password(user: User, password: str, *, by: User | None) -> User:
    """Set a password that the person must replace when signing in; their sessions end."""
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    release(user)
    audit.record("give_initial_password", user, by=by)
    return user
