"""What is answered when something went wrong that no page expected."""

import sys

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from yibao.web import failures

SECONDS = 5
# COPY goes past Django, which therefore does not translate its errors.
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database is away or a row is locked for long, else the page for a fault."""
    if isinstance(sys.exc_info()[1], AWAY):
        response = failures.busy(request)
        response.headers["Retry-After"] = str(SECONDS)
        return response
    return failures.failed(request)


def locked_out(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """Too many wrong passwords for one account from one address (django-axes calls this)."""
    return failures.answer(
        request,
        429,
        "密码连续输错 5 次，为保护账号，请 15 分钟后再试。忘记密码请联系辅导员或学校管理员重置",
    )
