"""What stops a command, as one sentence for the person at the terminal."""

import errno


class Trouble(Exception):
    """The message is one sentence that says what is wrong and what to do."""


SIGNS = {
    "No space left on device": "The disk is full: make room, then start again.",
    "Disk quota exceeded": "The disk quota is used up: make room, then start again.",
    "Read-only file system": "The disk is read-only: set YIBAO_DATA to a folder that is not.",
    "Permission denied": "Permission denied: {detail}",
}


def explain(text: str, otherwise: str) -> str:
    """The sentence for what a program printed when it gave up."""
    for sign, sentence in SIGNS.items():
        for line in text.splitlines():
            if sign in line:
                return sentence.format(detail=line.strip())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{otherwise} {lines[-1]}" if lines else otherwise


def explain_os_error(error: OSError) -> str:
    """The sentence for a failed system call."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}:
        return explain(f"{error.strerror}: {error.filename or ''}", "")
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
