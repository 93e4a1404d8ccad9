"""What an answer says: all of its text, whatever it is packed in, and the full numbers in it."""

import io
import re
import zipfile
from html import unescape
from urllib.parse import unquote

from yibao.people.identity import check_character

ID_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?![0-9A-Za-z])"
)
MOBILE = re.compile(r"(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z])")


def body(response) -> bytes:
    """All of it, streamed or not."""
    if response.streaming:
        return b"".join(response.streaming_content)
    return response.content


def text_of(response) -> str:
    """Head lines and body; the cells of a workbook, the characters that HTML and addresses escape."""
    content = body(response)
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(name) for name in book.namelist())
    head = "\n".join(f"{name}: {value}" for name, value in response.items())
    said = f"{unquote(head)}\n{content.decode('utf-8', 'replace')}"
    return re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), unescape(said))


def full_numbers(text: str) -> set[str]:
    """Numbers that could be somebody's ID or mobile number."""
    ids = {n for n in ID_NUMBER.findall(text) if check_character(n[:17]) == n[17].upper()}
    return ids | set(MOBILE.findall(text))
