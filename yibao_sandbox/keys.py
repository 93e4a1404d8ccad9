"""The two key pairs of the campus protocol: the merchant's and the platform's, as files.

Any number of processes may prepare the same folder at once: a private key appears whole and only
once, because it is linked into place, and the public half is derived from the one that won.
"""

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)

KEY_BITS = 2048
NAMES = ("merchant", "platform")


@dataclass(frozen=True)
class Keys:
    """What the gateway needs: its own private key, and the merchant's public one."""

    platform: RSAPrivateKey
    merchant: RSAPublicKey

    @cached_property
    def forger(self) -> RSAPrivateKey:
        """A key that belongs to nobody; it signs what must be refused."""
        return new_key()


def prepare(folder: Path) -> Keys:
    """Make the key files that are missing, and read what is there."""
    merchant, platform = (pair(folder, name) for name in NAMES)
    return Keys(platform, merchant.public_key())


def new_key() -> RSAPrivateKey:
    """A fresh RSA key of the protocol's size."""
    return generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def serial(key: RSAPublicKey) -> str:
    """The name of a key in the protocol's headers: the start of its fingerprint."""
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(encoding, form)).hexdigest()[:32].upper()


def pair(folder: Path, name: str) -> RSAPrivateKey:
    """The private key of that name in a folder, made with its public half if it is not there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    if not private.exists():
        create(private, private_pem(new_key()))
    key = serialization.load_pem_private_key(private.read_bytes(), password=None)
    if not isinstance(key, RSAPrivateKey):
        message = f"{private} does not hold an RSA key"
        raise TypeError(message)
    if not public.exists():
        create(public, public_pem(key.public_key()))
    return key


def create(path: Path, content: bytes) -> None:
    """Let the file appear whole, unless somebody else was faster."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def private_pem(key: RSAPrivateKey) -> bytes:
    """As a file holds it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_pem(key: RSAPublicKey) -> bytes:
    """As a file holds it."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(encoding, form)
