"""What people see at the gateway: the cashier page, its refusals, the control page, the keys."""

import io
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import segno
from django.utils.timezone import now

from tests.gateway import BROWSER
from yibao.payments.providers.base import Device, PaidState
from yibao_sandbox import keys


@pytest.fixture
def address(gateway, started):
    """The cashier page of a charge that waits."""
    return gateway.told(started.number)["cashier_url"]


def test_the_cashier_says_what_is_paid_and_how(address, started):
    page = BROWSER.get(address)
    for words in (
        "大学生医保缴费",
        "533.00",
        "2026年大学生医保",
        started.number,
        "手机支付账户付款",
        "确认支付",
        "任意 6 位数字",
        "000000",
        "沙箱环境",
    ):
        assert words in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "<style" not in page.text
    assert " style=" not in page.text
    assert "<script>" not in page.text


def test_a_payment_ends_on_the_way_back(gateway, sandbox, address, started):
    page = gateway.pay(address, phone="138-0591-0001")
    assert "支付成功" in page
    assert "138****0001" in page
    assert sandbox.query(started.number).reference in page
    assert f'href="{started.return_url}"' in page
    assert BROWSER.get(f"{address}/state").text == "SUCCESS"


@pytest.mark.parametrize(
    ("phone", "password", "words"),
    [
        ("12345", "123456", "手机号应为 11 位数字"),
        ("１３８０５９１０００１", "123456", "手机号应为 11 位数字"),
        ("13805910001", "12345", "支付密码为 6 位数字"),
        ("13805910001", "", "支付密码为 6 位数字"),
        ("13805910001", "000000", "余额不足，未扣款"),
        ("13805910001", "111111", "支付密码错误，未扣款"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_taken(
    gateway, sandbox, address, started, phone, password, words
):
    page = gateway.pay(address, phone, password)
    assert words in page
    assert f'value="{phone}"' in page
    assert password == "" or f'value="{password}"' not in page
    assert sandbox.query(started.number).state is PaidState.PENDING
    assert words not in BROWSER.get(address).text  # said once
    assert "支付成功" in gateway.pay(address)


def test_a_form_is_answered_by_a_redirect_whatever_comes_of_it(address):
    """Then the browser's back button never asks to send it again."""
    for password in ("111111", "000000", "1", "123456", "123456"):
        answer = BROWSER.post(address, data={"phone": "13805910001", "password": password})
        assert (answer.status_code, answer.headers["Location"]) == (303, httpx.URL(address).path)


def test_paying_twice_takes_the_money_once(gateway, sandbox, ear, address, started):
    form = {"phone": "13805910001", "password": "123456"}
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: httpx.post(address, data=form), range(8)))
    assert {answer.status_code for answer in answers} == {303}
    reference = sandbox.query(started.number).reference
    assert reference in BROWSER.get(address).text
    ear.wait_for(1)
    assert len(gateway.told(started.number)["notices"]) == 1


def test_time_runs_out(gateway, sandbox, charge, ear):
    late = replace(charge, expires_at=now() - timedelta(seconds=1))
    page = BROWSER.get(sandbox.start(late, Device.PHONE).url).text
    assert "订单已关闭" in page
    assert "<form" not in page
    address = gateway.told(late.number)["cashier_url"]
    BROWSER.post(address, data={"phone": "13805910001", "password": "123456"})
    assert sandbox.query(late.number).state is PaidState.CLOSED
    assert gateway.told(late.number)["notices"] == []


def test_what_merchants_and_payers_write_stays_text(sandbox, gateway, charge):
    nasty = replace(charge, subject="<script>alert(1)</script> $amount & \"'")
    address = sandbox.start(nasty, Device.PHONE).url
    form = {"phone": '"><script>', "password": "x"}
    answer = BROWSER.post(address, data=form, follow_redirects=True)
    assert "手机号应为" in answer.text
    for page in (BROWSER.get(address).text, answer.text, control(gateway).text):
        assert "<script>" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; $amount &amp; &quot;&#x27;" in page


def test_the_code_leads_to_the_page(address):
    answer = BROWSER.get(f"{address}/qr.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", border=0, omitsize=True)
    assert answer.content == drawn.getvalue()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("/cashier/" + "x" * 32, 404),
        ("/cashier/short", 404),
        ("/static/../ledger.py", 404),
        ("/static/other.css", 404),
        ("/static/cashier.css", 200),
        ("/static/cashier.js", 200),
        ("/livez", 200),
        ("/v1/orders/aaaaaaaa", 401),
    ],
)
def test_addresses(gateway, path, status):
    assert httpx.get(gateway.base_url + path).status_code == status


def test_bodies_have_a_limit(gateway, address):
    assert httpx.post(address, content=b"x" * (64 * 1024 + 1)).status_code == 413
    chunked = httpx.post(address, content=iter([b"x"]))
    assert chunked.status_code == 411


def control(gateway, **headers):
    """The control page."""
    return httpx.get(f"{gateway.base_url}/control", headers=headers)


def test_the_control_page_says_what_can_go_wrong(gateway, started):
    page = control(gateway).text
    for words in ("重复通知", "丢失通知", "伪造签名", "金额不符", "下单超时", "接口返回 500"):
        assert words in page
    assert started.number in page
    assert page.count('<li class="on">') == 0
    gateway.switch("lost")
    gateway.switch("duplicate", started.number)
    page = control(gateway).text
    assert page.count('<li class="on">') == 1
    assert "<em>重复通知</em>" in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "pay.example.edu.cn"},
        {"Host": "127.0.0.1.example.com"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
def test_the_control_page_is_for_this_machine_only(gateway, headers):
    assert control(gateway, **headers).status_code == 403
    form = {"name": "lost", "number": "*", "on": "1"}
    answer = httpx.post(f"{gateway.base_url}/control/faults", data=form, headers=headers)
    assert answer.status_code == 403
    assert BROWSER.get(f"{gateway.base_url}/control/state").json()["faults"] == []


def test_switches_that_do_not_exist(gateway):
    answer = httpx.post(f"{gateway.base_url}/control/faults", data={"name": "x", "on": "1"})
    assert answer.status_code == 400
    assert "没有这个开关" in answer.text


def test_keys_are_made_once_however_many_start(tmp_path):
    with ThreadPoolExecutor(4) as crowd:
        made = list(crowd.map(lambda _: keys.prepare(tmp_path / "keys"), range(4)))
    serials = {(keys.serial(k.platform.public_key()), keys.serial(k.merchant)) for k in made}
    assert len(serials) == 1
    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == [
        "merchant.key", "merchant.pub", "platform.key", "platform.pub",
    ]  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_keys_can_be_made_ahead(tmp_path):
    command = [sys.executable, "-m", "yibao_sandbox", "keys", "--data", str(tmp_path)]
    subprocess.run(command, check=True)
    before = (tmp_path / "sandbox/keys/platform.key").read_bytes()
    subprocess.run(command, check=True)
    assert (tmp_path / "sandbox/keys/platform.key").read_bytes() == before


def test_a_taken_port_is_said_in_one_sentence(gateway, tmp_path):
    command = [sys.executable, "-m", "yibao_sandbox", "--data", str(tmp_path)]
    ended = subprocess.run(
        [*command, "--port", str(gateway.port)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"沙箱支付网关无法监听 127.0.0.1:{gateway.port}：")
    assert ended.stderr.count("\n") == 1
