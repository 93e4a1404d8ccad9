"""测试支付: the campus cashier of the sandbox, with play money."""

from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from yibao.payments.providers import wire
from yibao.payments.providers.campus import CampusCashier


class Sandbox(CampusCashier):
    """A gateway of our own on this machine, never in production."""

    label: ClassVar[str] = "手机支付（测试）"

    def __init__(self) -> None:
        """Refuse to exist where real money is taken."""
        if settings.PRODUCTION:
            message = "The sandbox takes play money: remove it from PAYMENT_PROVIDERS."
            raise ImproperlyConfigured(message)
        gateway = settings.SANDBOX_GATEWAY
        self._private_key_file = Path(gateway["private_key_file"])
        self._platform_key_file = Path(gateway["platform_key_file"])
        cashier = f"{gateway['public_url'].rstrip('/')}/cashier/"
        self._connect(gateway["base_url"], cashier, gateway["merchant"])

    def _keys(self) -> tuple[RSAPrivateKey, RSAPublicKey]:
        """The gateway makes both when it first starts, perhaps after us."""
        return wire.private_key(self._private_key_file), wire.public_key(self._platform_key_file)
