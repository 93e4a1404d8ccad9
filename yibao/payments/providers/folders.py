"""A channel's folder: its settings in channel.toml, its keys as files beside it.

One folder a channel, named by one variable of the environment, so that whoever keeps the system
finds everything of a channel in one place. What is wrong with it stops the start, by name.
"""

import base64
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SETTINGS = "channel.toml"
LOOPBACK = re.compile(r"https?://(localhost|127\.|0\.0\.0\.0|\[::1\])", re.ASCII)
PLAY = re.compile(
    r"wxsandbox|YIBAO-DEMO$|1000000001$|2021000000000000$|2088000000000000$", re.ASCII
)
PLAY_SECRET, PLAY_KEY_ID = b"sandbox-", "PUB_KEY_ID_SANDBOX"
PEM = b"-----BEGIN"
SMALLEST_KEY = 2048


class PlatformKey(NamedTuple):
    """A key that a gateway signs with, and until when it is believed."""

    key: RSAPublicKey
    valid_from: datetime
    valid_until: datetime

    def holds(self, at: datetime) -> bool:
        """Whether a signature made now is to be believed."""
        return self.valid_from <= at <= self.valid_until


ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class Folder:
    """Reads a channel's folder; raises `ImproperlyConfigured` with one sentence for what is wrong."""

    def __init__(self, path: Path, known: Mapping[str, str]) -> None:
        """`known`: setting → pattern it must match; a pattern that matches "" makes it optional."""
        self.path = path
        self._known = known

    @cached_property
    def settings(self) -> dict[str, str]:
        """What channel.toml says."""
        file = self.path / SETTINGS
        try:
            said = tomllib.loads(file.read_text("utf-8"))
        except OSError as error:
            raise self.wrong(file, f"cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise self.wrong(file, f"is not TOML: {error}") from None
        if strange := sorted(said.keys() - self._known.keys()):
            raise self.wrong(file, f"says {strange[0]}, which this channel does not know")
        read = {}
        for name, pattern in self._known.items():
            value = said.get(name, "")
            if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
                message = f"lacks {name}" if name not in said else f"has a malformed {name}"
                raise self.wrong(file, message)
            read[name] = value
            if settings.PRODUCTION and LOOPBACK.match(value):
                raise self.wrong(file, f"has {name} on this machine: play money is not taken here")
            if settings.PRODUCTION and PLAY.match(value):
                raise self.wrong(file, f"has {name} of the sandbox gateway, which takes play money")
        return read

    def private_key(self, name: str) -> RSAPrivateKey:
        """An RSA private key, as PEM or as the bare base64 that gateways' tools hand out."""
        file = self.path / name
        try:
            content = self._bytes(file)
            if content.startswith(PEM):
                key = serialization.load_pem_private_key(content, password=None)
            else:
                raw = base64.b64decode(b"".join(content.split()), validate=True)
                key = serialization.load_der_private_key(raw, password=None)
        except (ValueError, TypeError) as error:
            raise self.wrong(file, f"holds no private key: {error}") from None
        if not isinstance(key, RSAPrivateKey) or key.key_size < SMALLEST_KEY:
            raise self.wrong(file, f"holds no RSA key of {SMALLEST_KEY} bits or more")
        return key

    def public_key(self, name: str) -> RSAPublicKey:
        """An RSA public key, as PEM or as bare base64."""
        file = self.path / name
        try:
            content = self._bytes(file)
            if content.startswith(PEM):
                key = serialization.load_pem_public_key(content)
            else:
                raw = base64.b64decode(b"".join(content.split()), validate=True)
                key = serialization.load_der_public_key(raw)
        except ValueError as error:
            raise self.wrong(file, f"holds no public key: {error}") from None
        return self._rsa(file, key)

    def platform_keys(self, name: str) -> dict[str, PlatformKey]:
        """Serial → key of every .pem in a folder: certificates, and public keys named by their id."""
        folder = self.path / name
        keys = {}
        for file in sorted(folder.glob("*.pem")):
            if settings.PRODUCTION and file.stem.startswith(PLAY_KEY_ID):
                raise self.wrong(file, "is a key of the sandbox gateway, which takes play money")
            content = self._bytes(file)
            if b"BEGIN CERTIFICATE" not in content:
                keys[file.stem] = PlatformKey(self.public_key(f"{name}/{file.name}"), *ALWAYS)
                continue
            try:
                certificate = x509.load_pem_x509_certificate(content)
            except ValueError as error:
                raise self.wrong(file, f"holds no certificate: {error}") from None
            keys[f"{certificate.serial_number:X}"] = PlatformKey(
                self._rsa(file, certificate.public_key()),
                certificate.not_valid_before_utc,
                certificate.not_valid_after_utc,
            )
        if not keys:
            raise self.wrong(folder, "holds no .pem of the gateway's key or certificate")
        return keys

    def secret(self, name: str, length: int) -> bytes:
        """A shared secret of so many bytes; white space around it does not count."""
        file = self.path / name
        content = self._bytes(file).strip()
        if len(content) != length:
            raise self.wrong(file, f"has {len(content)} characters instead of {length}")
        return content

    def _bytes(self, file: Path) -> bytes:
        try:
            content = file.read_bytes().strip()
        except OSError as error:
            raise self.wrong(file, f"cannot be read: {error.strerror}") from None
        if settings.PRODUCTION and (content.startswith(PLAY_SECRET) or content in _sandbox_keys()):
            raise self.wrong(file, "is a key of the sandbox gateway, which takes play money")
        return content

    def _rsa(self, file: Path, key: object) -> RSAPublicKey:
        if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_KEY:
            raise self.wrong(file, f"holds no RSA key of {SMALLEST_KEY} bits or more")
        return key

    @staticmethod
    def wrong(file: Path, message: str) -> ImproperlyConfigured:
        """One sentence about a file of the folder."""
        return ImproperlyConfigured(f"{file} {message}.")


def _sandbox_keys() -> set[bytes]:
    """What the sandbox gateway signs with, if it ever ran in this data folder."""
    files = (Path(settings.DATA) / "sandbox").rglob("*")
    return {file.read_bytes().strip() for file in files if file.suffix in (".key", ".pub", ".pem")}
