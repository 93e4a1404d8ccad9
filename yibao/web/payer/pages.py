"""代付: what is to be paid and for whom (王*明), and the way to the cashier. Nothing else is shown."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from yibao.payments import links
from yibao.payments.confirming import Word, confirm
from yibao.payments.providers.base import Bridge, Redirect, label
from yibao.people.identity import mask_name
from yibao.web.checkout import (
    ChannelForm,
    addresses,
    ask_who_pays,
    asked_of_wechat,
    device_of,
    qr_code,
    shuts_wechat_out,
)

WORDS = {
    Word.HELD: "已收到款项，正在核对，请不要重复支付",
    Word.UNKNOWN: "正在确认，请勿重复支付，稍后刷新本页查看结果",
}


@never_cache
@require_safe
def link(request, token):
    """The order by its link. Who has paid is told so; the gateway is asked, the address believed in nothing."""
    found = _find(token)
    word = confirm(found.order)
    may_pay = word in (Word.IDLE, Word.UNPAID) and found.is_live(now())
    first = ask_who_pays(request, found.order.enrolment.plan) if may_pay else None
    return first or _page(request, found, word)


@never_cache
@require_POST
def start(request, token):
    """去支付."""
    found = _find(token)
    form = ChannelForm(request.POST, plan=found.order.enrolment.plan)
    if not form.is_valid():
        return _page(request, found, Word.IDLE, form)
    channel = form.cleaned_data["channel"]
    ours = addresses(request, channel, reverse("payer:link", args=[token]))
    way = links.start(found, channel, device=device_of(request), ours=ours)
    page = {"link": found, "cashier": label(channel)}
    if isinstance(way, Bridge):
        return render(request, "payer/in_wechat.html", page | {"asked": asked_of_wechat(way)})
    if isinstance(way, Redirect):
        if url_has_allowed_host_and_scheme(way.url, {request.get_host()}):
            return redirect(way.url)
        shut_out = shuts_wechat_out(request, channel)
        return render(request, "payer/onward.html", page | {"url": way.url, "shut_out": shut_out})
    page |= {"picture": qr_code(way.content), "cashier_page": way.page}
    return render(request, "payer/onward.html", page)


def _find(token: str):
    found = links.find(token)
    if found is None or found.revoked_at:
        message = "no such link"
        raise Http404(message)
    return found


def _page(request, found, word, form=None):
    order = found.order
    paid = word is Word.PAID
    why_not = "" if paid else WORDS.get(word, "") or links.why_not_pay(found)
    page = {
        "link": found,
        "order": order,
        "name": mask_name(order.enrolment.student.name),
        "plan": order.enrolment.plan,
        "paid": paid,
        "why_not": why_not,
        "under_way": word is Word.UNPAID,
        "form": form or ChannelForm(plan=order.enrolment.plan),
    }
    return render(request, "payer/link.html", page)
