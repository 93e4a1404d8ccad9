"""What a handler is given and what it gives back."""

import json
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from yibao_sandbox.ledger import Declined

LARGEST_BODY = 64 * 1024


@dataclass(frozen=True)
class Request:
    """One HTTP request; `target` is the path with its query, as it came."""

    method: str
    target: str
    headers: Message
    body: bytes = b""
    client: str = ""

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a posted form; of a repeated one the last."""
        return _fields(self.body.decode(errors="replace"))

    @cached_property
    def query(self) -> dict[str, str]:
        """The fields of the query; of a repeated one the last."""
        return _fields(urlsplit(self.target).query)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a request."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        code, message = "NOT_JSON", "请求体不是 JSON 对象"
        raise Declined(code, message, 400)
    return said


def says_success(answer: httpx.Response) -> bool:
    """Whether a merchant's answer is JSON with code SUCCESS."""
    try:
        said = answer.json()
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("code") == "SUCCESS"


def to(address: str) -> Answer:
    """See there."""
    return Answer(303, headers={"Location": address})


def _fields(text: str) -> dict[str, str]:
    fields = parse_qs(text, keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}
