"""What must be so before real people's data goes in; asked while the settings load."""

import os

from yibao.notify import ways

MODES = ("demo", "production")
SANDBOX = "YIBAO_SANDBOX_"  # settings of the sandbox gateway: demo leftovers


def why_not(mode: str) -> str:
    """Why the system must not start like this; "" means it may."""
    if mode not in MODES:
        return f"YIBAO_ENV={mode} is neither demo nor production: set one of them."
    for name in ("PORT", "YIBAO_SANDBOX_PORT"):
        port = os.environ.get(name) or "8000"
        if not port.isdecimal() or not 0 < int(port) < 2**16:
            return f"{name}={port} is no port: give a number from 1 to 65535."
    if refusal := ways.why_not(os.environ):
        return refusal
    return _why_not_production() if mode == "production" else ""


def _why_not_production() -> str:
    hosts = [host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",")]
    if not any(hosts):
        return (
            "ALLOWED_HOSTS is empty: set the names people call this system by, such as "
            "ALLOWED_HOSTS=yibao.example.edu.cn."
        )
    if "*" in hosts:
        return "ALLOWED_HOSTS=* would let anybody choose the name: list the names."
    if not os.environ.get("DATABASE_URL"):
        return (
            "DATABASE_URL is empty: in production the database is a PostgreSQL server of your "
            "own, such as DATABASE_URL=postgresql://yibao:password@host/yibao."
        )
    if os.environ.get("DEBUG") or os.environ.get("DJANGO_DEBUG"):
        return "DEBUG is set: it shows personal data to strangers; unset it in production."
    for name in os.environ:
        if name.startswith(SANDBOX):
            return f"{name} is set: the sandbox gateway takes play money; unset it in production."
    return ""
