"""Files between their upload and their import: private, named by chance, forgotten after hours."""

import re
import secrets
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404

HOURS = 2
TOKEN = re.compile(r"[0-9a-f]{32}")


def folder() -> Path:
    """Where uploads wait; nobody else on the machine may look."""
    place = settings.DATA / "uploads"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def keep(file: UploadedFile, user: Any) -> str:
    """Keep a file for the one who sent it; its own name is never used. Returns its token."""
    sweep()
    token = secrets.token_hex(16)
    path = _path(token, user)
    path.touch(mode=0o600)
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return token


def find(token: str, user: Any) -> Path:
    """The file of a token, if this person sent it; else 404."""
    if not TOKEN.fullmatch(token) or not (path := _path(token, user)).is_file():
        message = "no such upload"
        raise Http404(message)
    return path


def forget(token: str, user: Any) -> None:
    """Remove a file that has been dealt with."""
    find(token, user).unlink()


def sweep() -> None:
    """Remove what nobody came back for."""
    for path in folder().iterdir():
        if path.stat().st_mtime < time.time() - HOURS * 3600:
            path.unlink(missing_ok=True)


def _path(token: str, user: Any) -> Path:
    return folder() / f"{user.pk}-{token}.xlsx"
