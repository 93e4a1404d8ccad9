"""What WeChat Pay and Alipay hand out to a merchant: a channel's folder each, made at the first start.

Their names begin with what no real account is called, so that production knows play money by sight.
"""

import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from yibao_sandbox.keys import create, new_key, pair, private_pem, public_pem

PUBLIC_KEY_ID = "PUB_KEY_ID_SANDBOX0000000001"


@dataclass(frozen=True)
class WeChatMerchant:
    """商户号: AppID of the app and of the official account, and all that is agreed with it."""

    platform: RSAPrivateKey
    merchant: RSAPublicKey
    apiv3: bytes
    official_secret: str
    number: str = "1000000001"
    app: str = "wxsandbox0app001"
    official: str = "wxsandbox0official1"
    serial: str = "5A4DB0C5A4DB0C5A4DB0C5A4DB0C5A4DB0C5A4DB"

    @cached_property
    def forger(self) -> RSAPrivateKey:
        """Nobody's key."""
        return new_key()


@dataclass(frozen=True)
class AlipayMerchant:
    """应用 and 商户."""

    platform: RSAPrivateKey
    merchant: RSAPublicKey
    app: str = "2021000000000000"
    seller: str = "2088000000000000"

    @cached_property
    def forger(self) -> RSAPrivateKey:
        """Nobody's key."""
        return new_key()


def wechat(folder: Path) -> WeChatMerchant:
    """Make what is missing of folder/wechat, and read what is there."""
    hand_out = _folder(folder / "wechat")
    platform = pair(folder / "keys", "wechat_platform")
    _once(_folder(hand_out / "platform") / f"{PUBLIC_KEY_ID}.pem", _pem(platform))
    ours = _private(folder / "keys", hand_out, "wechat_merchant", "merchant.key")
    apiv3 = _once(hand_out / "apiv3.key", f"sandbox-{secrets.token_hex(12)}".encode())
    secret = _once(hand_out / "official.secret", f"sandbox-{secrets.token_hex(12)}".encode())
    made = WeChatMerchant(platform, ours.public_key(), apiv3, secret.decode())
    said = {
        "merchant": made.number,
        "app": made.app,
        "serial": made.serial,
        "official": made.official,
    }
    _once(hand_out / "channel.toml", _toml(said))
    return made


def alipay(folder: Path) -> AlipayMerchant:
    """Make what is missing of folder/alipay, and read what is there."""
    hand_out = _folder(folder / "alipay")
    platform = pair(folder / "keys", "alipay_platform")
    _once(hand_out / "alipay_public.key", _pem(platform))
    ours = _private(folder / "keys", hand_out, "alipay_merchant", "app_private.key")
    made = AlipayMerchant(platform, ours.public_key())
    _once(hand_out / "channel.toml", _toml({"app": made.app, "seller": made.seller}))
    return made


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _private(keys: Path, hand_out: Path, name: str, file: str) -> RSAPrivateKey:
    key = pair(keys, name)
    _once(hand_out / file, private_pem(key))
    return key


def _once(path: Path, content: bytes) -> bytes:
    """The content of a file; of all who make it at once, the first one's."""
    if not path.exists():
        create(path, content)
    return path.read_bytes()


def _pem(key: RSAPrivateKey) -> bytes:
    return public_pem(key.public_key())


def _toml(said: dict[str, str]) -> bytes:
    return "".join(f'{name} = "{value}"\n' for name, value in said.items()).encode()
