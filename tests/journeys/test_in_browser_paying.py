"""Four students pay the sandbox: 微信 and 支付宝 on a phone, a code on a desktop, a page inside of WeChat."""

import pytest

from tests.browser import DESK, PHONE
from tests.cast import make_cast
from tests.factories import make_plan
from tests.journeys.screens import Screen
from tests.payments.fees import of, owe
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent, Status
from yibao.payments.models import Payment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
INSIDE = f"{ANDROID} MicroMessenger/8.0.50"
BRIDGE = """window.WeixinJSBridge = {
  invoke: (name, asked, done) => window.payInWeChat(name, asked).then(
    (word) => done({ err_msg: `${name}:${word}` })),
};"""


@pytest.fixture
def owing(transactional_db):
    """All four owe the fee, and the plan takes every channel."""
    cast = make_cast()
    enlist(make_plan(channels=["sandbox-wechat", "sandbox-alipay", "sandbox"]), by=cast.office)
    owe(cast, cast.wang, cast.liu)
    rows = of(cast.zhao, cast.zhou_en)
    flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.office).or_refuse()
    for row, by in ((of(cast.zhao), cast.sun), (of(cast.zhou_en), cast.zhang)):
        flow.approve(row, by=by).or_refuse()
    for by in (cast.qian, cast.office):
        flow.approve(rows, by=by).or_refuse()
    return cast


def test_every_way_to_pay_ends_at_the_receipt(owing, open_page, gateway, live_server, settings):
    settings.ALLOWED_HOSTS = ["*"]

    def arrive(student, size=PHONE, agent=ANDROID) -> Screen:
        return Screen(open_page(student.user, size, agent))

    def choose(screen, student, channel) -> None:
        screen.open(f"/checkout/{of(student).get().public_id}/").sees("支付方式", "¥533.00")
        screen.page.get_by_label(channel).check()
        screen.press("确认支付 ¥533.00")

    def pay_there(screen, *words) -> None:
        screen.page.wait_for_url(f"{gateway.base_url}/cashier/**")
        screen.sees("533.00", *words)
        screen.page.get_by_label("手机号").fill("13905914858")
        screen.page.get_by_label("支付密码").fill("123456")
        screen.press("确认支付 ¥533.00").sees("支付成功")

    for student, channel, heading in (
        (owing.wang, "微信支付", "用微信支付"),
        (owing.liu, "支付宝", "用支付宝支付"),
    ):
        phone = arrive(student)
        choose(phone, student, channel)
        pay_there(phone, heading)
        phone.press("返回商户")
        phone.page.wait_for_url("**/return/**")
        phone.sees("已缴费 ¥533.00").press("查看收据").sees("伍佰叁拾叁元整", channel)

    desk = arrive(owing.zhao, DESK, None)
    choose(desk, owing.zhao, "微信支付")
    desk.sees("请用手机扫描二维码付款", "等待付款")
    with desk.page.context.expect_page() as opened:
        desk.press("在本机打开收银台")
    pay_there(Screen(opened.value), "用微信支付")
    desk.sees("已缴费 ¥533.00").reads_nothing_of("请用手机扫描二维码付款")

    inside, answers = arrive(owing.zhou_en, agent=INSIDE), ["cancel", "ok"]

    def pay_in_wechat(name, asked):
        assert (name, asked["signType"]) == ("getBrandWCPayRequest", "RSA")
        if len(answers) == 1:
            gateway.pay(
                gateway.base_url + "/cashier/" + asked["package"].removeprefix("prepay_id=wx")
            )
        return answers.pop(0)

    inside.page.expose_function("payInWeChat", pay_in_wechat)
    inside.page.add_init_script(BRIDGE)
    choose(inside, owing.zhou_en, "微信支付")
    inside.sees("没有付款，也没有扣款，可以再付一次").press("立即支付")
    inside.page.wait_for_url("**/return/**")
    inside.sees("已缴费 ¥533.00")

    assert set(Enrolment.objects.values_list("status", flat=True)) == {Status.ENROLLED}
    assert Payment.objects.filter(amount="533.00", status="confirmed").count() == 4
    assert {told["way"] for told in map(gateway.told, Payment.objects.values_list("number", flat=True))} == {
        "MWEB", "NATIVE", "JSAPI", "wap",
    }  # fmt: skip
