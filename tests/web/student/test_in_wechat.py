"""Paying on a page inside of WeChat: it is asked who is there, and our page asks it for the money."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from tests.gateway import BROWSER
from tests.web.student.conftest import words
from yibao.enrolment.states import Status
from yibao.payments import links
from yibao.payments.models import Payment
from yibao.plans.models import InsurancePlan
from yibao.web import checkout

WECHAT, ALIPAY = "sandbox-wechat", "sandbox-alipay"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36"
INSIDE = {"User-Agent": f"{PHONE} MicroMessenger/8.0.50"}


@pytest.fixture
def inside(owing, gateway):
    """王 reads our pages inside of WeChat, and the plan takes all channels."""
    InsurancePlan.objects.update(channels=[WECHAT, ALIPAY, "sandbox"])
    owing.client.defaults["HTTP_USER_AGENT"] = INSIDE["User-Agent"]
    return owing


def through_wechat(client, address):
    """Open a page of ours, go to WeChat and back; the page that is there in the end."""
    away = client.get(address)
    assert away.status_code == 302
    assert "/connect/oauth2/authorize?appid=wxsandbox0official1&redirect_uri=" in away.url
    back = BROWSER.get(away.url).headers["Location"]
    clean = client.get(back.removeprefix("http://testserver"))
    assert (clean.status_code, clean.url) == (302, address)
    return client.get(address)


def asked_of(page):
    """What the page hands to WeChat."""
    [box] = html.fromstring(page.content.decode()).xpath("//*[@data-in-wechat]")
    return json.loads(box.get("data-in-wechat")), box.get("data-result")


def test_the_page_asks_wechat_for_the_money_of_who_is_there(inside, gateway):
    page = through_wechat(inside.client, inside.address("pay"))
    assert "微信支付（测试）" in words(page)
    page = inside.client.post(inside.address("start_payment"), {"channel": WECHAT})
    asked, result = asked_of(page)
    assert asked["package"].startswith("prepay_id=wx")
    assert asked["appId"] == "wxsandbox0official1"
    assert result == inside.address("payment_return", inside.order.public_id)
    csp = page.headers["Content-Security-Policy"]
    assert ("unsafe" in csp, "yibao/in-wechat.js" in page.content.decode()) == (False, True)
    told = gateway.told(inside.order.payments.get().number)
    known = inside.client.session[checkout.KNOWN_AS]
    assert (told["way"], told["buyer"]) == ("JSAPI", known[WECHAT])
    gateway.pay(told["number"])
    assert "已缴费 ¥533.00" in inside.see("payment_return", inside.order.public_id)
    assert inside.row.status == Status.ENROLLED


def test_what_a_stranger_brings_is_not_believed_and_nobody_runs_in_circles(inside):
    address = inside.address("pay")
    assert inside.client.get(address, {"state": "x", "code": "abcdefgh"}).status_code == 200
    inside.client.get(address)  # now there is a question
    assert inside.client.get(address, {"state": "x", "code": "abcdefgh"}).url == address
    assert checkout.KNOWN_AS not in inside.client.session
    inside.client.get(address)
    state = inside.client.session[checkout.ASKED]["state"]
    assert inside.client.get(address, {"state": state}).url == address  # WeChat said nothing
    assert inside.client.session[checkout.KNOWN_AS] == {WECHAT: ""}
    assert inside.client.get(address).status_code == 200


@pytest.mark.parametrize("channel", [WECHAT, ALIPAY])
def test_a_cashier_that_wechat_shuts_out_is_handed_over_as_a_link(inside, channel):
    page = inside.client.post(inside.address("start_payment"), {"channel": channel})
    assert "请用手机浏览器支付" in words(page)
    assert "data-go-on" not in page.content.decode()
    [button] = html.fromstring(page.content.decode()).xpath("//button[@data-copy]")
    assert button.get("data-copy").startswith("http://127.0.0.1:")


def test_outside_of_wechat_nobody_is_asked(inside, gateway):
    for name in (PHONE, f"{PHONE} MicroMessenger".replace("Mobile", ""), ""):
        inside.client.defaults["HTTP_USER_AGENT"] = name
        assert inside.client.get(inside.address("pay")).status_code == 200
    page = inside.client.post(inside.address("start_payment"), {"channel": WECHAT})
    assert "请用手机扫描二维码付款" in words(page)
    assert "在本机打开收银台" in words(page)


def test_a_family_pays_by_its_link_inside_of_wechat(inside, gateway):
    inside.client.post(inside.address("pay"))
    token = links.make(inside.order, by=inside.student.user).token
    address, parent = reverse("payer:link", args=[token]), Client(headers=INSIDE)
    assert "代缴医保费" in words(through_wechat(parent, address))
    page = parent.post(reverse("payer:start", args=[token]), {"channel": WECHAT})
    assert asked_of(page)[1] == address
    gateway.pay(Payment.objects.get().number)
    assert "这一笔已经付清" in words(parent.get(address))
    shut = parent.post(reverse("payer:start", args=[token]), {"channel": ALIPAY})
    assert Payment.objects.count() == 1
    assert shut.status_code < 500
