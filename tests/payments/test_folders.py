"""Folders of payment channels: whatever is wrong with one is named, and nothing starts."""

import shutil

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.exceptions import ImproperlyConfigured

from tests.payments import alipay_side, wechat_side
from yibao.payments.providers import base
from yibao.payments.providers.alipay import Alipay
from yibao.payments.providers.campus import CampusCashier
from yibao.payments.providers.wechat import WeChatPay
from yibao.server import prepare
from yibao_sandbox import merchants


def pem_of(key) -> bytes:
    form, free = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, free)


WEAK = pem_of(rsa.generate_private_key(65537, 1024))  # noqa: S505 - to be refused
CURVE = pem_of(ec.generate_private_key(ec.SECP256R1()))
SAID = wechat_side.MERCHANT, wechat_side.APP, wechat_side.SERIAL
TOML = 'merchant = "{}"\napp = "{}"\nserial = "{}"\n'.format(*SAID)


def remove(name):
    return lambda folder: (folder / name).unlink()


def write(name, content):
    return lambda folder: (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (remove("channel.toml"), "channel.toml cannot be read: No such file or directory."),
        (write("channel.toml", b"merchant = "), "channel.toml is not TOML"),
        (write("channel.toml", b"\xff"), "channel.toml is not TOML"),
        (write("channel.toml", b'merchant = "1230000109"'), "channel.toml lacks app."),
        (
            write("channel.toml", TOML.replace("1230000109", "12 30").encode()),
            "channel.toml has a malformed merchant.",
        ),
        (
            write("channel.toml", (TOML + 'apiv3 = "x"').encode()),
            "channel.toml says apiv3, which this channel does not know.",
        ),
        (remove("merchant.key"), "merchant.key cannot be read: No such file or directory."),
        (write("merchant.key", b"hello"), "merchant.key holds no private key"),
        (write("merchant.key", WEAK), "merchant.key holds no RSA key of 2048 bits or more."),
        (write("merchant.key", CURVE), "merchant.key holds no RSA key of 2048 bits or more."),
        (write("apiv3.key", b"short"), "apiv3.key has 5 characters instead of 32."),
        (
            remove(f"platform/{wechat_side.PUBLIC_KEY_ID}.pem"),
            "platform holds no .pem of the gateway's key or certificate.",
        ),
        (write("platform/new.pem", b"hello"), "new.pem holds no public key"),
        (
            write("platform/c.pem", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"),
            "c.pem holds no certificate",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, spoil, said):
    folder = wechat_side.merchant_folder(tmp_path / "wechat")
    WeChatPay(folder)
    spoil(folder)
    with pytest.raises(ImproperlyConfigured) as told:
        WeChatPay(folder)
    assert said in str(told.value)
    assert str(folder) in str(told.value)


def test_keys_come_as_pem_too(tmp_path):
    folder = alipay_side.merchant_folder(tmp_path / "alipay")
    Alipay(folder)
    (folder / "app_private.key").write_bytes(wechat_side.private_pem("app"))
    (folder / "alipay_public.key").write_bytes(wechat_side.public_pem("alipay"))
    Alipay(folder)


def test_a_start_reads_every_channel_that_is_switched_on(tmp_path, settings):
    folder = alipay_side.merchant_folder(tmp_path / "alipay")
    settings.PAYMENT_FOLDERS = {"alipay": str(folder)}
    settings.PAYMENT_PROVIDERS = {
        "cash": "yibao.payments.providers.cash.Cash",
        "alipay": "yibao.payments.providers.alipay.Alipay",
    }
    base.provider.cache_clear()
    prepare.channels()
    assert base.online_names() == ["alipay"]
    (folder / "alipay_public.key").unlink()
    base.provider.cache_clear()
    with pytest.raises(ImproperlyConfigured, match=r"alipay_public\.key cannot be read"):
        prepare.channels()
    base.provider.cache_clear()


def test_the_school_s_own_platform(tmp_path):
    folder = tmp_path / "campus"
    folder.mkdir()
    said = ['merchant = "SCHOOL-1"', 'address = "https://pay.example.edu.cn"']
    said.append('cashier = "https://pay.example.edu.cn/cashier/"')
    (folder / "channel.toml").write_text("\n".join(said), "utf-8")
    (folder / "merchant.key").write_bytes(wechat_side.private_pem("merchant"))
    (folder / "platform.pub").write_bytes(wechat_side.public_pem("platform"))
    assert CampusCashier(folder).label == "校园统一支付"
    in_clear = "\n".join(said).replace("https", "http")
    (folder / "channel.toml").write_text(in_clear, "utf-8")
    with pytest.raises(ImproperlyConfigured, match="has a malformed address"):
        CampusCashier(folder)


def test_play_money_is_not_taken_in_production(tmp_path, settings):
    """Keys of the sandbox gateway, or a gateway on this very machine: named, and nothing starts."""
    folder = wechat_side.merchant_folder(tmp_path / "wechat")
    keys = tmp_path / "data" / "sandbox" / "keys"
    keys.mkdir(parents=True)
    settings.DATA = tmp_path / "data"
    (keys / "merchant.key").write_bytes((folder / "merchant.key").read_bytes() + b"\n")
    WeChatPay(folder)
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="is a key of the sandbox gateway"):
        WeChatPay(folder)
    campus = tmp_path / "campus"
    campus.mkdir()
    said = (
        'merchant = "M"\naddress = "https://127.0.0.1:8765"\ncashier = "https://pay.example/c/"\n'
    )
    (campus / "channel.toml").write_text(said)
    with pytest.raises(ImproperlyConfigured, match="has address on this machine"):
        CampusCashier(campus)


@pytest.fixture(scope="module")
def play(tmp_path_factory):
    """What the sandbox gateway hands out at its first start."""
    folder = tmp_path_factory.mktemp("play")
    merchants.wechat(folder)
    merchants.alipay(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "channel", "side", "said"),
    [
        ("wechat/channel.toml", WeChatPay, wechat_side, "has merchant of the sandbox gateway"),
        ("wechat/merchant.key", WeChatPay, wechat_side, "is a key of the sandbox gateway"),
        ("wechat/apiv3.key", WeChatPay, wechat_side, "is a key of the sandbox gateway"),
        (f"wechat/platform/{merchants.PUBLIC_KEY_ID}.pem", WeChatPay, wechat_side,
         "is a key of the sandbox gateway"),
        ("alipay/channel.toml", Alipay, alipay_side, "has app of the sandbox gateway"),
        ("alipay/app_private.key", Alipay, alipay_side, "is a key of the sandbox gateway"),
        ("alipay/alipay_public.key", Alipay, alipay_side, "is a key of the sandbox gateway"),
    ],
)  # fmt: skip
def test_no_part_of_the_sandbox_is_taken_in_production(
    tmp_path, settings, play, name, channel, side, said
):
    """One file of play money among true ones is enough; in a demonstration it is good."""
    folder = side.merchant_folder(tmp_path / "true")
    (folder / name.partition("/")[2]).write_bytes((play / name).read_bytes())
    shutil.copytree(play, tmp_path / "data" / "sandbox")
    settings.DATA = tmp_path / "data"
    channel(play / name.partition("/")[0])
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match=said) as told:
        channel(folder)
    assert name.rpartition("/")[2] in str(told.value)
    with pytest.raises(ImproperlyConfigured, match="of the sandbox gateway"):
        channel(play / name.partition("/")[0])


def test_the_official_account_and_its_secret_come_together(tmp_path):
    folder = wechat_side.merchant_folder(tmp_path / "wechat")
    said = (folder / "channel.toml").read_text("utf-8")
    (folder / "channel.toml").write_text(said + 'official = "wx1234567890abcdef"\n', "utf-8")
    with pytest.raises(ImproperlyConfigured, match=r"official\.secret cannot be read"):
        WeChatPay(folder)
    (folder / "official.secret").write_text("0123456789abcdef0123456789abcdef\n")
    WeChatPay(folder)
    (folder / "channel.toml").write_text(said, "utf-8")
    with pytest.raises(ImproperlyConfigured, match=r"official\.secret is of no use"):
        WeChatPay(folder)
