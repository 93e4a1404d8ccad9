"""A database is opened with the keys that sealed it, or not at all."""

import io
import sys

import pytest
from django.test import override_settings

from tests.factories import make_class, make_student
from yibao.common import crypto, key_proof
from yibao.common.models import KeyProof
from yibao.server import cli, prepare
from yibao.server.commands import check
from yibao.server.trouble import Trouble

pytestmark = pytest.mark.django_db
OURS, ANOTHER = "11" * 32, "22" * 32
WRONG = (
    "密钥不符：密钥文件 field_key_1 打不开这个数据库里的个人信息，"
    "请放回原来的密钥文件，或改正 YIBAO_KEYS、DATABASE_URL"
)


class Keys:
    """The keys of this machine, until other files are put there."""

    def __init__(self):
        self.putting = None

    def put(self, fields, index=OURS):
        self.take_away()
        self.putting = override_settings(FIELD_KEYS=fields, BLIND_INDEX_KEY=index)
        self.putting.enable()
        crypto._ciphers.cache_clear()

    def take_away(self):
        if self.putting:
            self.putting.disable()
            self.putting = None
        crypto._ciphers.cache_clear()


@pytest.fixture
def keys():
    keys = Keys()
    keys.put({1: OURS})
    yield keys
    keys.take_away()


@pytest.mark.parametrize(
    ("fields", "index", "said"),
    [
        ({1: OURS}, OURS, ""),
        ({1: OURS, 2: ANOTHER}, OURS, ""),
        ({1: ANOTHER}, OURS, WRONG),
        ({1: ANOTHER, 2: OURS}, OURS, WRONG),
        ({2: OURS}, OURS, "缺少密钥文件 field_key_1：用它加密的个人信息还在库里，请把它放回原处"),
        (
            {1: OURS},
            ANOTHER,
            "密钥不符：用密钥文件 blind_index_key 按证件号码和手机号找不到人，请放回原来的密钥文件",
        ),
    ],
)
def test_only_the_keys_that_sealed_it_open_it(keys, client, fields, index, said):
    prepare.keys()
    keys.put(fields, index)
    assert key_proof.why_not_open() == said
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content.decode()) == (
        (503, f"{said}\n") if said else (200, "ok\n")
    )
    if said:
        for refusing in (prepare.keys, cli.prove_keys):
            with pytest.raises(Trouble) as trouble:
                refusing()
            assert str(trouble.value) == said
    else:
        cli.prove_keys()


def test_each_key_is_recognised_from_its_first_use_on(keys):
    prepare.keys()
    prepare.keys()
    keys.put({1: OURS, 2: ANOTHER})
    prepare.keys()
    assert list(KeyProof.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
    keys.put({1: OURS, 2: OURS})
    assert "field_key_2" in key_proof.why_not_open()


def test_a_wrong_key_leaves_no_proof(keys):
    prepare.keys()
    keys.put({1: ANOTHER, 2: ANOTHER})
    with pytest.raises(Trouble):
        prepare.keys()
    assert KeyProof.objects.count() == 1


@pytest.mark.parametrize("fields", [{1: ANOTHER}, {2: OURS}])
def test_a_database_without_proofs_is_tried_on_what_it_holds(keys, fields):
    assert key_proof.why_not_open() == ""
    make_student(make_class("计算机2401"), "王小明", "2024010001")
    assert key_proof.why_not_open() == ""
    keys.put(fields)
    assert key_proof.why_not_open() == (
        "密钥不符：现有的密钥文件打不开这个数据库里的个人信息，"
        "请放回原来的密钥文件，或改正 YIBAO_KEYS、DATABASE_URL"
    )


def test_check_names_it(keys, monkeypatch):
    prepare.keys()
    keys.put({1: ANOTHER})
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdout", said)
    assert check.run([]) == 1
    assert f"fault: {WRONG}\n" in said.getvalue()


def test_every_command_that_reads_or_writes_asks_first():
    free = {name for name, c in cli.COMMANDS.items() if not c.wants_database or not c.proves_keys}
    # Migrate asks by itself, for start too; restore when there is something to ask.
    assert free == {"start", "keys", "migrate", "check", "restore"}
