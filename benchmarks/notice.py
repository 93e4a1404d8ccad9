"""P8: a gateway's notice, proven, settled and answered, beside the same transaction in raw SQL."""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.timezone import now

from benchmarks.measure import Figure, Undone, check_constraints
from benchmarks.sizes import Sizes
from benchmarks.university import university
from yibao.enrolment.models import Enrolment
from yibao.payments.models import Order, Payment
from yibao.payments.providers.base import provider, to_fen
from yibao.payments.providers.campus import serial

AT_ONCE = 50
TABLES = (
    "payments_payment", "payments_order", "enrolment_enrolment", "common_auditentry",
    "notify_message",
)  # fmt: skip
# What somebody would write by hand for one notice: find, lock in order, look, write, tell.
FLOOR = (
    "SELECT id, order_id FROM payments_payment WHERE channel = 'sandbox' AND number = %(number)s",
    "SELECT o.id FROM payments_order o JOIN payments_payment p ON p.order_id = o.id"
    " WHERE p.number = %(number)s FOR UPDATE OF o",
    "SELECT p.status, p.amount, p.reference, o.status, o.amount, o.enrolment_id"
    " FROM payments_payment p JOIN payments_order o ON o.id = p.order_id"
    " WHERE p.number = %(number)s",
    "SELECT pg_advisory_xact_lock(hashtext(%(reference)s))",
    "SELECT 1 FROM payments_payment WHERE channel = 'sandbox' AND reference = %(reference)s",
    "SELECT id, status FROM enrolment_enrolment WHERE id = %(enrolment)s FOR UPDATE",
    "UPDATE enrolment_enrolment SET status = 'enrolled', changed_at = now() WHERE id = %(enrolment)s",
    "INSERT INTO common_auditentry (action, subject_type, subject_id, at, data) VALUES"
    " ('mark_paid', 'enrolment', %(enrolment)s, now(),"
    ' \'{"was": "awaiting_payment", "now": "enrolled"}\')',
    "UPDATE payments_payment SET status = 'confirmed', amount = %(amount)s,"
    " reference = %(reference)s, paid_at = now(), raw = %(raw)s WHERE number = %(number)s",
    "UPDATE payments_order SET status = 'paid', paid_at = now() WHERE id = %(order)s",
    "INSERT INTO common_auditentry (action, subject_type, subject_id, at, data) VALUES"
    " ('money_in', 'payment', %(payment)s, now(),"
    ' \'{"channel": "sandbox", "now": "confirmed"}\')',
    "INSERT INTO notify_message (public_id, to_id, kind, title, text, link, subject_type,"
    " subject_id, created_at) SELECT gen_random_uuid(), s.user_id, 'paid', '缴费成功，你已参保',"
    " '已收到款项，你已参保，可以查看收据', '/receipts/', 'order', %(order)s, now()"
    " FROM people_student s JOIN enrolment_enrolment e ON e.student_id = s.id"
    " WHERE e.id = %(enrolment)s",
)


def figures(sizes: Sizes) -> Iterator[Figure]:
    """So many notices, one after the other, each a transaction of its own."""
    school = university(sizes.few_enrolments)
    owing = Enrolment.objects.filter(plan=school.plan, status="awaiting_payment", amount_due__gt=0)
    payments = _attempts(list(owing.order_by("pk")[: min(AT_ONCE, sizes.batch)]))
    with TemporaryDirectory() as folder:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        with override_settings(SANDBOX_GATEWAY=_gateway(Path(folder), key), ALLOWED_HOSTS=["*"]):
            provider.cache_clear()
            yield Figure(
                name=f"{len(payments)} notices, settled and answered",
                floor_name="the same transactions by hand: twelve statements each",
                goal=3,
                floor=partial(_floor, payments),
                ours=partial(_ours, payments, key, count()),
                around=lambda: Undone(*TABLES),
            )
    provider.cache_clear()


def _gateway(folder: Path, key: rsa.RSAPrivateKey) -> dict[str, str]:
    """The sandbox's settings with a key of our own in the place of each of its own."""
    public, private = folder / "platform.pub", folder / "merchant.key"
    pem = serialization.Encoding.PEM
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(key.public_key().public_bytes(pem, form))
    secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(pem, *secret))
    files = {"platform_key_file": str(public), "private_key_file": str(private)}
    return {**settings.SANDBOX_GATEWAY, **files}


def _attempts(rows: Sequence[Enrolment]) -> list[Payment]:
    """Each with an order and an attempt under way."""
    until = now() + timedelta(hours=3)
    orders = Order.objects.bulk_create(Order(enrolment=row, amount=row.amount_due) for row in rows)
    return Payment.objects.bulk_create(
        Payment(order=order, channel="sandbox", expires_at=until) for order in orders
    )


def _said(payment: Payment) -> dict[str, object]:
    return {
        "id": f"N{payment.number}",
        "merchant": settings.SANDBOX_GATEWAY["merchant"],
        "number": payment.number,
        "amount": to_fen(payment.order.amount),
        "currency": "CNY",
        "state": "SUCCESS",
        "reference": f"B{payment.pk:027d}",
        "paid_at": "2026-11-09T10:00:00+08:00",
    }


def _floor(payments: Sequence[Payment]) -> None:
    for payment in payments:
        said = _said(payment)
        values = {
            "number": payment.number,
            "reference": said["reference"],
            "amount": payment.order.amount,
            "raw": json.dumps(said),
            "payment": payment.pk,
            "order": payment.order_id,
            "enrolment": payment.order.enrolment_id,
        }
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in FLOOR:
                cursor.execute(statement, values)
    check_constraints()


def _ours(payments: Sequence[Payment], key: rsa.RSAPrivateKey, turns: Iterator[int]) -> None:
    gateway, address = Client(), reverse("pay:notify", args=["sandbox"])
    nonce = f"{next(turns):016d}"
    for payment in payments:
        body, at = json.dumps(_said(payment)).encode(), str(int(time()))
        signed = f"notice\n{at}\n{nonce}\n".encode() + body + b"\n"
        headers = {
            "Campus-Timestamp": at,
            "Campus-Nonce": nonce,
            "Campus-Serial": serial(key.public_key()),
            "Campus-Signature": base64.b64encode(
                key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
            ).decode(),
        }
        answer = gateway.post(address, body, content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content
    check_constraints()
