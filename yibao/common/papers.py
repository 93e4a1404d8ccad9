"""Papers that leave the system: set by typst, with a number and a code that prove them.

A code is derived under a key of its own from what the paper says: nothing is stored, nothing can be
guessed, and whoever holds the paper can have it confirmed without signing in.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import threading
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.utils.timezone import localdate

FONTS = settings.PACKAGE / "web" / "fonts"
CODE_BYTES = 10
CODE_LENGTH = 16
LOOK_ALIKE = str.maketrans("ILOU", "0189")
_thread = threading.local()


def new_number() -> str:
    """Readable and not guessable: the day and 10 random digits. It opens nothing by itself."""
    return f"{localdate():%Y%m%d}{secrets.randbelow(10**10):010d}"


def code_of(purpose: bytes, *told: object) -> str:
    """校验码 of what a paper says: 80 bits in groups of four, without letters that look alike."""
    key = hmac.new(bytes.fromhex(settings.BLIND_INDEX_KEY), purpose, hashlib.sha256).digest()
    message = "|".join(str(part) for part in told).encode()
    digest = hmac.new(key, message, hashlib.sha256).digest()[:CODE_BYTES]
    plain = base64.b32encode(digest).decode().translate(LOOK_ALIKE)
    return "-".join(plain[n : n + 4] for n in range(0, CODE_LENGTH, 4))


def may_exist(number: str, code: str) -> bool:
    """Whether a number and a code look like ours: rubbish is not worth a query."""
    return bool(re.fullmatch(r"[0-9]{18}", number) and re.fullmatch(r"[0-9A-Z]{16}", _plain(code)))


def is_code(entered: str, code: str) -> bool:
    """Whether this is the code, as a person types it."""
    return hmac.compare_digest(_plain(entered).encode(), code.replace("-", "").encode())


def qr(address: str) -> str:
    """A QR code as SVG, for a template that draws it."""
    return segno.make(address, error="m").svg_inline(border=0)


def typeset(template: Path, told: dict[str, Any]) -> bytes:
    """A PDF; the template reads `told` as data (`sys.inputs.told`), never as markup."""
    # One compiler a thread and template: it keeps the fonts, and it is not safe to share.
    compilers = _thread.__dict__.setdefault("compilers", {})
    if template not in compilers:
        compilers[template] = typst.Compiler(
            str(template), font_paths=[str(FONTS)], ignore_system_fonts=True
        )
    pdf: bytes = compilers[template].compile(
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)}
    )
    return pdf


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).upper().translate(LOOK_ALIKE)
