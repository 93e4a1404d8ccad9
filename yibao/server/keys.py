"""The secrets as files: what signs sessions, what seals personal data, what indexes it.

`secret_key`, `field_key_1` (a higher number is a newer key; old ones stay for reading) and
`blind_index_key` lie in $YIBAO_KEYS, readable by their owner alone. Whoever loses the field keys
loses every ID number and phone, so they are backed up apart from the database.
"""

import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from yibao.server.trouble import Trouble, explain_os_error

SECRET, INDEX, FIELD = "secret_key", "blind_index_key", "field_key_"
KEY = re.compile(r"[0-9a-f]{64}")
FIELD_FILE = re.compile(rf"{FIELD}([1-9][0-9]{{0,2}})")
LAST_VERSION = 255  # one byte in every sealed value


@dataclass(frozen=True)
class Keys:
    """What is in the folder."""

    secret: str
    fields: dict[int, str]
    index: str


def folder_of(data: Path) -> Path:
    """Where the keys lie."""
    return Path(os.environ.get("YIBAO_KEYS") or data / "keys").resolve()


def load(folder: Path) -> Keys:
    """Read the keys; `Trouble` names the first that is missing or unusable."""
    fields = {}
    if folder.is_dir():
        for path in sorted(folder.glob(f"{FIELD}*")):
            if named := FIELD_FILE.fullmatch(path.name):
                fields[int(named[1])] = _read(path)
    if not fields or max(fields) > LAST_VERSION:
        raise Trouble(_missing(folder / f"{FIELD}1"))
    return Keys(_read(folder / SECRET), fields, _read(folder / INDEX))


def make(folder: Path) -> list[str]:
    """Make what is missing, never replace; returns the names of the new files."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        has_field_key = any(FIELD_FILE.fullmatch(path.name) for path in folder.iterdir())
        wanted = [SECRET, INDEX] if has_field_key else [SECRET, f"{FIELD}1", INDEX]
        return [name for name in wanted if _create(folder / name)]
    except OSError as error:
        raise Trouble(explain_os_error(error)) from None


def _missing(path: Path) -> str:
    return f"There is no key {path}: make the keys with `yibao keys`, or set YIBAO_KEYS."


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise Trouble(_missing(path)) from None
    except (OSError, UnicodeDecodeError):
        message = f"The key {path} cannot be read by this account."
        raise Trouble(message) from None
    if not KEY.fullmatch(text):
        message = f"The key {path} is not 64 hexadecimal digits: put the right file back."
        raise Trouble(message)
    return text


def _create(path: Path) -> bool:
    """Let the file appear whole, unless somebody else was first."""
    if path.exists():
        return False
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(descriptor)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
        draft.unlink()
        return True
    draft.unlink()
    return False
