"""代付链接: a student has somebody else pay. One order, one link in use, nothing personal on it."""

import re
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.common import audit
from yibao.common.errors import refuse_if
from yibao.payments import flow, rules
from yibao.payments.models import Order, PaymentLink
from yibao.payments.providers.base import Device, Way

LIFE = timedelta(hours=48)
TOKEN = re.compile(r"[0-9A-Za-z_-]{22}", re.ASCII)


@transaction.atomic
def make(order: Order, *, by: User) -> PaymentLink:
    """生成 a link; the one before no longer opens. Raises `Refused` for what cannot be paid."""
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    refuse_if(rules.why_not_order(order.enrolment))
    refuse_if("" if rules.online_channels(order.enrolment.plan) else "本计划没有开通在线支付")
    _end(order)
    until = min(now() + LIFE, order.enrolment.plan.pay_until)
    link = PaymentLink.objects.create(order=order, created_by=by, expires_at=until)
    audit.record("make_link", order, by=by, until=until.isoformat())
    return link


@transaction.atomic
def revoke(order: Order, *, by: User) -> None:
    """停用: from now on it does not open."""
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if _end(order):
        audit.record("revoke_link", order, by=by)


def find(token: str) -> PaymentLink | None:
    """The link of a token; one query, and none for rubbish."""
    if not TOKEN.fullmatch(token):
        return None
    links = PaymentLink.objects.select_related(
        "order__enrolment__plan", "order__enrolment__student"
    )
    return links.filter(token=token).first()


def why_not_pay(link: PaymentLink) -> str:
    """Why nobody can pay by it now."""
    if not link.is_live(now()):
        return "这个代付链接已失效，请让学生重新生成"
    return rules.why_not_order(link.order.enrolment)


def start(link: PaymentLink, channel: str, *, device: Device, ours: flow.Addresses) -> Way:
    """支付 by whoever has the link: the same order and the same attempts as the student's own."""
    refuse_if(why_not_pay(link))
    return flow.start_payment(link.order, channel, device=device, ours=ours, by=None)


def _end(order: Order) -> int:
    return order.links.filter(revoked_at__isnull=True).update(revoked_at=now())
