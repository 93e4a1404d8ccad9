"""Fixtures of the payment tests."""

import secrets
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import now

from yibao.payments.providers.base import Charge, Device, provider


@pytest.fixture
def sandbox(gateway):
    """The provider under test, on the running gateway."""
    return provider("sandbox")


@pytest.fixture
def charge(ear):
    """Something to pay; its notices go to the ear."""
    return Charge(
        number=secrets.token_hex(16),
        amount=Decimal("533.00"),
        subject="2026年大学生医保",
        notify_url=ear.url,
        return_url="http://127.0.0.1:1/back/",
        expires_at=now().replace(microsecond=0) + timedelta(minutes=30),
    )


@pytest.fixture
def started(sandbox, charge):
    """A charge that waits for the payer."""
    sandbox.start(charge, Device.PHONE)
    return charge
