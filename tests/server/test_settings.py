"""When the system refuses to start, how keys are kept, what a log line is."""

import json
import logging
import stat

import psycopg
import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.utils.module_loading import import_string

from yibao.accounts.models import User
from yibao.server import cli, keys, production
from yibao.server import settings as as_installed
from yibao.server.logs import JsonLine
from yibao.server.trouble import Trouble, explain, explain_os_error

FIT = {
    "ALLOWED_HOSTS": "yibao.example.edu.cn",
    "DATABASE_URL": "postgresql://yibao@db/yibao",
}


@pytest.fixture
def bare(monkeypatch):
    for name in (*FIT, "PORT", "DEBUG", "DJANGO_DEBUG", "YIBAO_SANDBOX_PORT"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is empty"),
        ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS is empty"),
        ({"ALLOWED_HOSTS": "a.cn,*"}, "ALLOWED_HOSTS=* would let anybody"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is empty"),
        ({"DEBUG": "1"}, "DEBUG is set"),
        ({"YIBAO_SANDBOX_PORT": "8765"}, "YIBAO_SANDBOX_PORT is set"),
        ({"YIBAO_SANDBOX_MERCHANT": "X"}, "YIBAO_SANDBOX_MERCHANT is set"),
        ({"PORT": "http"}, "PORT=http is no port"),
        ({"PORT": "65536"}, "PORT=65536 is no port"),
    ],
)
def test_production_refuses_what_is_unsafe(bare, changed, said):
    for name, value in {**FIT, **changed}.items():
        bare.setenv(name, value)
    refusal = production.why_not("production")
    assert refusal.startswith(said)
    assert bool(refusal) == bool(said)


def test_a_mode_must_be_known(bare):
    assert production.why_not("demo") == ""
    assert production.why_not("prod").startswith("YIBAO_ENV=prod is neither")


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path):
    home = tmp_path / "keys"
    assert keys.make(home) == ["secret_key", "field_key_1", "blind_index_key"]
    first = keys.load(home)
    assert keys.make(home) == []
    assert keys.load(home) == first
    assert len({first.secret, first.index, *first.fields.values()}) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == {0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_newer_field_key_stands_beside_the_old_one(tmp_path):
    keys.make(tmp_path)
    (tmp_path / "field_key_2").write_text("ab" * 32, encoding="ascii")
    assert list(keys.load(tmp_path).fields) == [1, 2]
    (tmp_path / "field_key_1").unlink()
    assert keys.make(tmp_path) == []


@pytest.mark.parametrize("name", ["secret_key", "field_key_1", "blind_index_key"])
def test_a_spoilt_or_missing_key_is_named(tmp_path, name):
    keys.make(tmp_path)
    (tmp_path / name).write_text("00", encoding="ascii")
    with pytest.raises(Trouble, match=f"{name} is not 64 hexadecimal digits"):
        keys.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(Trouble, match=f"There is no key .*{name}"):
        keys.load(tmp_path)


def test_a_log_line_cannot_be_forged():
    record = logging.LogRecord("x", logging.INFO, "", 0, 'a\n{"level": "forged"}\x1b', (), None)
    line = JsonLine().format(record)
    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(line)["message"] == 'a\n{"level": "forged"}\x1b'


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("initdb: could not write: No space left on device\nx", "The disk is full: make room"),
        ("odd\nlast word\n\n", "It failed: last word"),
        ("", "It failed:"),
    ],
)
def test_what_a_program_said_becomes_a_sentence(said, sentence):
    assert explain(said, "It failed:").startswith(sentence)


def test_a_full_disk_is_a_sentence():
    assert explain_os_error(OSError(28, "No space left on device")).startswith("The disk is full")


def test_an_unknown_command_lists_the_known_ones(capsys):
    assert cli.main(["nonsense"]) == 2
    assert "there is no command “nonsense”" in capsys.readouterr().err


def test_passwords_are_hashed_as_measured():
    [hasher] = as_installed.PASSWORD_HASHERS
    hashed = import_string(hasher)().encode("x", "saltsaltsalt")
    assert hashed.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def start(request):
    """A page whose database is away."""
    raise {"django": OperationalError, "copy": psycopg.OperationalError}[request.GET["from"]]


urlpatterns = [path("away", start, name="start"), path("", lambda _r: HttpResponse(), name="start")]
handler500 = "yibao.server.faults.server_error"


@pytest.mark.parametrize("source", ["django", "copy"])
def test_while_the_database_is_away_the_answer_is_503(settings, source):
    settings.ROOT_URLCONF = __name__
    answer = Client(raise_request_exception=False).get(f"/away?from={source}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "数据库暂时连不上" in answer.content.decode()


def sign_in(client, number, password, address):
    given = {"username": number, "password": password}
    return client.post("/accounts/sign-in/", given, REMOTE_ADDR=address)


def test_five_wrong_passwords_lock_this_account_from_this_address_only(client, db):
    for number in ("S1", "S2"):
        User.objects.create_user(number, password="correct horse")
    wrong = [sign_in(client, "S1", "wrong", "10.1.1.1").status_code for _ in range(5)]
    assert wrong == [200, 200, 200, 200, 429]
    locked = sign_in(client, "S1", "correct horse", "10.1.1.1")
    assert locked.status_code == 429
    assert "15 分钟" in locked.content.decode()
    assert sign_in(client, "S1", "correct horse", "10.2.2.2").status_code == 302
    assert sign_in(Client(), "S2", "correct horse", "10.1.1.1").status_code == 302
