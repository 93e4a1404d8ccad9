"""`yibao set-password NUMBER`: give somebody a new initial password, and a system its first administrator."""

import argparse
import secrets
import sys
from collections.abc import Sequence

from axes.utils import reset
from django.db import transaction

from yibao.accounts import flow
from yibao.accounts.models import User
from yibao.people.levels import Level
from yibao.people.models import Post
from yibao.server.trouble import Trouble

# Without letters and digits that look alike when read out.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 12


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
    password = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    with transaction.atomic():
        user = User.objects.filter(username=asked.number).first()
        if user is None:
            if not asked.administrator:
                message = f"There is no account {asked.number}."
                raise Trouble(message)
            user = User.objects.create_user(asked.number, asked.administrator)
        if asked.administrator:
            Post.objects.get_or_create(user=user, level=Level.ADMIN)
        flow.give_initial_password(user, password, by=None)
        reset(username=user.username)
    sys.stdout.write(f"{user.username} {user.name}: {password}\n")
    return 0
