"""One JSON line per event on stdout; what users typed cannot forge a line."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonLine(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, and where it applies the request and the traceback."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            line["request"] = current
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class Sparing(logging.Filter):
    """Lets so many lines of a kind through in a minute: a flood from outside must not fill the disk."""

    most, minute = 30, 60.0

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it; the first of the next minute says how many were left out."""
        kind = record.msg
        begun, count = self._seen.get(kind, (0.0, 0))
        if record.created - begun > self.minute:
            if count > self.most:
                record.msg = f"{kind} ({count - self.most} more like it were left out before)"
            begun, count = record.created, 0
        self._seen[kind] = (begun, count + 1)
        return count < self.most


def to_stdout(level: str) -> dict[str, object]:
    """Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "yibao.server.logs.JsonLine"}},
        "filters": {"sparing": {"()": "yibao.server.logs.Sparing"}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json",
            }
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # what a client asked for and did not get is no fault of ours
            "django.request": {"level": "ERROR"},
            "axes": {"level": "WARNING"},
            # these say values: what a template did not find, and what stands in a statement
            "django.template": {"level": "INFO"},
            "django.db.backends": {"level": "INFO"},
            # anybody may send forged notices, by the thousand
            "yibao.web.gateway.callbacks": {"filters": ["sparing"]},
            # a stranger at the door with a false name
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "procrastinate": {"level": "WARNING"},
            # it writes down whole addresses, and a robot's is its secret
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }
