"""The administrator's desk: each number is the length of its list, and no student is in any of them."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.db import connection
from django.urls import reverse
from django.utils.timezone import now
from procrastinate.contrib.django import app

from tests.web.staff.conftest import apply
from yibao.notify.models import Delivery, DeliveryState, Message
from yibao.payments import clocks
from yibao.payments.models import GatewayClock


def test_what_did_not_go_through_stands_on_the_desk_of_the_administrator(cast, plan, as_):
    app.configure_task("tests.nothing").defer()
    from_job = "UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'tests.nothing'"
    with connection.cursor() as cursor:
        cursor.execute(from_job)
    apply(cast.wang)
    message = Message.objects.create(to=cast.wang.user, kind="returned", title="退回", text="原因")
    for at, state in ((now(), DeliveryState.FAILED), (now() - timedelta(days=8), "unknown")):
        channel = f"mail{state}"
        made = Delivery.objects.create(message=message, channel=channel, state=state, due_at=at)
        Delivery.objects.filter(pk=made.pk).update(moved_at=at)
    AccessAttempt.objects.create(
        username="x", ip_address="10.0.0.9", failures_since_start=5, get_data="", post_data=""
    )
    admin = as_(cast.admin)
    page = admin.get(reverse("staff:home"))
    items = {item.label: item for item in page.context["system"].items}
    counted = {name: items[name].number for name in ("后台任务失败", "外发未送达", "登录锁定")}
    assert counted == {"后台任务失败": 1, "外发未送达": 1, "登录锁定": 1}
    for item in items.values():
        answer = admin.get(item.href)
        assert answer.context["grid"].page.total == item.number
        assert cast.wang.name not in answer.text
    days = [(day.label, day.plan) for day in page.context["system"].days]
    assert days == [("申请截止", plan.name), ("缴费截止", plan.name)]
    assert as_(cast.li).get(reverse("staff:home")).context["system"] is None


def test_a_wrong_clock_stands_on_the_desk_of_the_administrator(cast, plan, as_):
    GatewayClock.objects.create(pk=clocks.ONLY, at=now(), seconds=600)
    page = as_(cast.admin).get(reverse("staff:home")).content.decode()
    assert "服务器时间" in page
    assert "本机时间比支付渠道慢约 600 秒" in page
    assert "服务器时间" not in as_(cast.finance).get(reverse("staff:home")).content.decode()
