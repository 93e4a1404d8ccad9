"""`yibao set-password NUMBER`: give somebody a new initial password, and a system its first administrator."""

import argparse
import secrets
import sys
from collections.abc import Sequence

from django.db import transaction

from yibao.accounts import flow
from yibao.accounts.models import User
from yibao.common import audit
from yibao.people import posts
from yibao.people.levels import Level
from yibao.people.models import Post
from yibao.server.trouble import Trouble


def run(argv: Sequence[str]) -> int:
    """Print the password once; the person must replace it when signing in."""
    parser = argparse.ArgumentParser("yibao set-password", description=__doc__)
    parser.add_argument("number", help="student or staff number")
    parser.add_argument(
        "--administrator",
        metavar="NAME",
        help="make the account if there is none, and hold the post of an administrator",
    )
    asked = parser.parse_args(argv)
    password = "".join(secrets.choice(posts.LETTERS) for _ in range(posts.LENGTH))
    with transaction.atomic():
        user = User.objects.filter(username=asked.number).first()
        if user is None:
            if not asked.administrator:
                message = f"There is no account {asked.number}."
                raise Trouble(message)
            user = User.objects.create_user(asked.number, asked.administrator)
        if asked.administrator:
            _administrate(user)
        flow.give_initial_password(user, password, by=None)
    sys.stdout.write(f"{user.username} {user.name}: {password}\n")
    return 0


def _administrate(user: User) -> None:
    """The one door to the post of an administrator that needs no administrator."""
    if refused := posts.why_not_beside(user, Level.ADMIN):
        raise Trouble(refused)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        audit.record("switch_on", user, by=None)
    post, _ = Post.objects.update_or_create(
        user=user, level=Level.ADMIN, college=None, defaults={"is_active": True}
    )
    audit.record("give_post", user, by=None, post=str(post))
