"""Whether the keys of this machine are those that sealed what is in the database.

A database that is opened with other keys shows no ID number, finds nobody by one, and is soon a mixture
that no key opens; so nothing is started with them. Each key leaves a proof when it is first used.
"""

from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.conf import settings
from django.db import connection

from yibao.common import crypto
from yibao.common.fields import EncryptedBytes, EncryptedText
from yibao.common.models import KeyProof

TEXT = "医保"
CONTEXT = "common_keyproof.sealed"
ANOTHER = "打不开这个数据库里的个人信息，请放回原来的密钥文件，或改正 YIBAO_KEYS、DATABASE_URL"


def why_not_open() -> str:
    """Why the keys do not fit this database; "" when they do, or when nothing is sealed yet."""
    proofs = list(KeyProof.objects.order_by("version"))
    for proof in proofs:
        name = f"field_key_{proof.version}"
        if proof.version not in settings.FIELD_KEYS:
            return f"缺少密钥文件 {name}：用它加密的个人信息还在库里，请把它放回原处"
        if not _opens(bytes(proof.sealed)):
            return f"密钥不符：密钥文件 {name} {ANOTHER}"
        if bytes(proof.index) != crypto.blind_index(TEXT):
            return "密钥不符：用密钥文件 blind_index_key 按证件号码和手机号找不到人，请放回原来的密钥文件"
    if not proofs and not all(_readable()):
        return f"密钥不符：现有的密钥文件{ANOTHER}"
    return ""


def is_there() -> bool:
    """Whether the database has a place for proofs yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [KeyProof._meta.db_table])
        return bool(cursor.fetchone()[0])


def leave_proof() -> None:
    """Let the newest key be recognised from now on."""
    sealed = crypto.seal(TEXT, CONTEXT)
    KeyProof.objects.get_or_create(
        version=sealed[0], defaults={"sealed": sealed, "index": crypto.blind_index(TEXT)}
    )


def _opens(sealed: bytes) -> bool:
    try:
        return crypto.unseal(sealed, CONTEXT) == TEXT
    except InvalidTag:
        return False


def _readable() -> Iterator[bool]:
    """Of each sealed column one value, for a database that is older than its proofs."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedText | EncryptedBytes):
                held = model._base_manager.exclude(**{field.name: None})
                try:
                    held.values_list(field.name).first()
                except (InvalidTag, KeyError):
                    yield False
                else:
                    yield True
