"""缴费: check the order, choose a channel, off to the cashier, and back to a page that tells the truth."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yibao.common.errors import refuse_if
from yibao.enrolment.states import Status
from yibao.payments import flow, links, rules
from yibao.payments.confirming import Word, confirm
from yibao.payments.lines import quote_lines
from yibao.payments.providers.base import Bridge, Redirect, label
from yibao.payments.states import OrderStatus, PaymentStatus
from yibao.people.identity import mask_name
from yibao.web.checkout import (
    ChannelForm,
    addresses,
    ask_who_pays,
    asked_of_wechat,
    device_of,
    qr_code,
    root_of,
    shuts_wechat_out,
)
from yibao.web.student.cards import further_order, live_attempt, paid_order
from yibao.web.student.mine import my_enrolment, my_order
from yibao.web.student.words import counselors

POLLS = 20
QUICK, SLOW = 3, 6  # seconds between two questions, in the first and second half
MOVING = (Word.UNPAID, Word.UNKNOWN)


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request, enrolment_id):
    """确认支付: what is paid and why. POST makes the order, so that its number can be shown."""
    row = my_enrolment(request, enrolment_id)
    if request.method == "POST":
        flow.open_order(row, by=request.user)
        return redirect("student:pay", row.public_id)
    if row.status == Status.ENROLLED and not further_order(row) and (order := paid_order(row)):
        return redirect("student:order", order.public_id)
    refuse_if(rules.why_not_order(row))
    if first := ask_who_pays(request, row.plan):
        return first
    return _checkout(request, row, ChannelForm(plan=row.plan))


@require_POST
def start(request, enrolment_id):
    """去支付: to the cashier of the chosen channel, or its QR code on a page of ours."""
    row = my_enrolment(request, enrolment_id)
    form = ChannelForm(request.POST, plan=row.plan)
    if not form.is_valid():
        refuse_if(rules.why_not_order(row))
        return _checkout(request, row, form)
    channel = form.cleaned_data["channel"]
    order = flow.open_order(row, by=request.user)
    back = reverse("student:payment_return", args=[order.public_id])
    ours = addresses(request, channel, back)
    way = flow.start_payment(order, channel, device=device_of(request), ours=ours, by=request.user)
    page = {"order": order, "cashier": label(channel)}
    if isinstance(way, Bridge):
        return render(request, "student/in_wechat.html", page | {"asked": asked_of_wechat(way)})
    if isinstance(way, Redirect):
        return _onward(request, way.url, page | {"shut_out": shuts_wechat_out(request, channel)})
    page |= {"picture": qr_code(way.content), "cashier_page": way.page}
    page |= {"poll": _poll(order, 1, quiet=True), "every": QUICK}
    return render(request, "student/scan.html", page)


def _onward(request, url, page):
    """Away to the cashier, from a page of its own: our forms lead to nobody else (form-action)."""
    if url_has_allowed_host_and_scheme(url, {request.get_host()}):
        return redirect(url)
    return render(request, "student/onward.html", page | {"url": url})


@require_http_methods(["GET", "HEAD", "POST"])
def pay_link(request, enrolment_id):
    """请家人代付: a link to this one order, made and ended here."""
    row = my_enrolment(request, enrolment_id)
    if request.method == "POST":
        found = flow.open_order(row, by=request.user)
        if request.POST.get("do") == "revoke":
            links.revoke(found, by=request.user)
        else:
            links.make(found, by=request.user)
        return redirect("student:pay_link", row.public_id)
    refuse_if(rules.why_not_order(row))
    live = next((o for o in row.orders.all() if o.status == OrderStatus.OPEN), None)
    link = live and next((one for one in live.links.all() if one.is_live(now())), None)
    address = link and root_of(request) + reverse("payer:link", args=[link.token])
    page = {
        "row": row,
        "link": link,
        "address": address,
        "picture": qr_code(address) if address else "",
        "amount": live.amount if live else row.amount_due,
        "name": mask_name(row.student.name),
    }
    return render(request, "student/pay_link.html", page)


@require_safe
def payment_return(request, order_id):
    """Back from the cashier. What the browser brings is believed in nothing: the gateway is asked."""
    return render(request, "student/payment_return.html", _standing(request, order_id))


@require_safe
def payment_state(request, order_id):
    """The part of that page that asks again by itself, for a bounded time."""
    return render(request, "student/_standing.html", _standing(request, order_id))


@require_safe
def order(request, order_id):
    """支付订单: what it is for, and what was paid on it."""
    found = my_order(request, order_id)
    row = my_enrolment(request, found.enrolment.public_id)
    page = {
        "order": found,
        "row": row,
        "order_tone": OrderStatus(found.status).tone,
        "lines": _lines(found.lines),
        "payments": [_line_of(payment) for payment in found.payments.all()],
        "may_pay": not rules.why_not_order(row) and found.status == OrderStatus.OPEN,
    }
    return render(request, "student/order.html", page)


def _checkout(request, row, form):
    live = next((o for o in row.orders.all() if o.status == OrderStatus.OPEN), None)
    lines = live.lines if live else quote_lines(row)
    channels = form.fields["channel"].choices
    page = {
        "only_channel": channels[0] if len(channels) == 1 and not form.errors else None,
        "row": row,
        "order": live,
        "amount": live.amount if live else row.amount_due,
        "lines": _lines(lines),
        "counselors": counselors(row),
        "form": form,
        "takes_cash": rules.CASH in row.plan.channels,
        "under_way": live_attempt(row, now()),
    }
    return render(request, "student/pay.html", page)


def _lines(lines):
    """缴费依据 as parts/_amount.html shows it."""
    return [
        {"label": line["type"], "amount": line["amount"], "explanation": line["explanation"]}
        for line in lines
    ]


def _line_of(payment):
    """One attempt as a line of the order's page."""
    status = PaymentStatus(payment.status)
    return {
        "label": label(payment.channel),
        "at": payment.paid_at or payment.started_at,
        "amount": payment.amount,
        "status": status.label,
        "tone": status.tone,
        "refunds": payment.refunds.all(),
    }


def _standing(request, order_id):
    found = my_order(request, order_id)
    asked = request.GET.get("n", "")
    n = int(asked) if asked.isdecimal() and len(asked) <= len(str(POLLS)) else 1
    word = confirm(found)
    going_on = word in MOVING and n < POLLS
    quiet = request.GET.get("quiet") == "1"  # below a code that is there to be scanned
    return {
        "order": found,
        "row": found.enrolment,
        "word": word.value,
        "n": n,
        "quiet": quiet,
        "poll": _poll(found, n + 1, quiet=quiet) if going_on else "",
        "every": QUICK if n < POLLS // 2 else SLOW,
    }


def _poll(order, n, *, quiet):
    address = reverse("student:payment_state", args=[order.public_id])
    return f"{address}?n={n}{'&quiet=1' if quiet else ''}"
