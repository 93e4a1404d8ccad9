"""Notices from payment gateways: no login, no form token; the signature alone is believed.

Whatever comes in, the answer is one that a gateway understands: acknowledged once the fact is
committed, 401 for what nobody proved, another 4xx for what nobody can read, 503 to be told again.
"""

import hashlib
import logging

from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from yibao.payments import flow, refunding
from yibao.payments.providers.base import (
    GatewayUnavailable,
    NoticeUnreadable,
    Receipt,
    RefundReceipt,
    SignatureInvalid,
    provider,
    provider_names,
)
from yibao.payments.providers.wire import LARGEST_BODY

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def notify(request: HttpRequest, channel: str) -> HttpResponse:
    """Prove, settle, acknowledge; in this order."""
    if channel not in provider_names() or not provider(channel).online:
        return _plain(404, "no such channel")
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        return _plain(413, "too large")
    try:
        body = request.body
        told = provider(channel).read_callback(body, request.headers)
    except SignatureInvalid as doubt:
        digest = hashlib.sha256(body).hexdigest()[:16]
        log.warning("notice of %s not proven (%s), body %s", channel, doubt, digest)
        return _plain(401, "not proven")
    except (NoticeUnreadable, UnreadablePostError) as error:
        log.warning("notice of %s cannot be read: %s", channel, error)
        return _plain(400, "cannot be read")
    except GatewayUnavailable:
        log.exception("notice of %s cannot be judged yet", channel)  # a sandbox without keys
        return _plain(503, "tell it again")
    try:
        known = _settle(told, channel)
    except (OperationalError, InterfaceError):
        log.exception("notice of %s not stored", channel)
        return _plain(503, "tell it again")
    if not known:
        # Perhaps our own order is not committed yet; the gateway's next try will find it.
        return _plain(404, "no such order")
    status, answer, content_type = provider(channel).acknowledge()
    return HttpResponse(answer, status=status, content_type=content_type)


def _settle(told: Receipt | RefundReceipt, channel: str) -> bool:
    """Whether what was told is about something of ours; it is a fact now."""
    if isinstance(told, Receipt):
        return flow.settle(told, channel=channel) is not None
    try:
        refunding.settle_refund(told)
    except ObjectDoesNotExist:
        return False
    return True


def _plain(status: int, words: str) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain")
