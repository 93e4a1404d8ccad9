"""测试支付: the three gateways of the sandbox, with play money.

They make keys and folders when they first start, perhaps after us, so these are read when they are
needed and not when we start.
"""

from functools import cached_property
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from yibao.payments.providers import wire
from yibao.payments.providers.alipay import Account, Alipay
from yibao.payments.providers.base import GatewayUnavailable, QrCode
from yibao.payments.providers.calling import Caller
from yibao.payments.providers.campus import CampusCashier
from yibao.payments.providers.wechat import WeChatPay
from yibao.payments.providers.wechat_line import Line


class Sandbox(CampusCashier):
    """A gateway of our own on this machine, never in production."""

    label: ClassVar[str] = "校园收银台（测试）"

    def __init__(self) -> None:
        """Refuse to exist where real money is taken."""
        gateway = _gateway()
        self._private_key_file = Path(gateway["private_key_file"])
        self._platform_key_file = Path(gateway["platform_key_file"])
        self._connect(gateway["base_url"], f"{_public()}/cashier/", gateway["merchant"])

    def _keys(self) -> tuple[RSAPrivateKey, RSAPublicKey]:
        return wire.private_key(self._private_key_file), wire.public_key(self._platform_key_file)


class SandboxWeChat(WeChatPay):
    """微信支付 as the sandbox speaks it."""

    label: ClassVar[str] = "微信支付（测试）"
    codes: ClassVar[str] = r"https?://\S{1,500}"
    pages: ClassVar[str] = r"https?://\S{1,500}"

    def __init__(self) -> None:
        """Refuse to exist where real money is taken."""
        base_url = _gateway()["base_url"]
        self._folder = Path(_gateway()["folder"]) / "wechat"
        self._caller, self._people = Caller(base_url), Caller(base_url)
        self._consent = _public()

    @cached_property
    def _line(self) -> Line:
        try:
            return super()._line
        except ImproperlyConfigured as error:
            raise GatewayUnavailable(str(error)) from None

    def _code(self, content: str) -> QrCode:
        return QrCode(content, page=content)


class SandboxAlipay(Alipay):
    """支付宝 as the sandbox speaks it."""

    label: ClassVar[str] = "支付宝（测试）"
    codes: ClassVar[str] = r"https?://\S{1,500}"

    def __init__(self) -> None:
        """Refuse to exist where real money is taken."""
        self._folder = Path(_gateway()["folder"]) / "alipay"
        self._caller, self._pages = Caller(_gateway()["base_url"]), _public()

    @cached_property
    def _account(self) -> Account:
        try:
            return super()._account
        except ImproperlyConfigured as error:
            raise GatewayUnavailable(str(error)) from None

    def _code(self, content: str) -> QrCode:
        return QrCode(content, page=content)

    def _bills_at(self, host: str) -> Caller | None:
        return self._caller if _public().endswith(f"//{host}") else None


def _gateway() -> dict[str, str]:
    if settings.PRODUCTION:
        message = "The sandbox takes play money: remove it from PAYMENT_PROVIDERS."
        raise ImproperlyConfigured(message)
    gateway: dict[str, str] = settings.SANDBOX_GATEWAY
    return gateway


def _public() -> str:
    return _gateway()["public_url"].rstrip("/")
