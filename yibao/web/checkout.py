"""What paying needs of a request, whoever pays: the channel, the device, our addresses."""

import contextlib
import json
import logging

import segno
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare, get_random_string

from yibao.payments import flow, rules
from yibao.payments.providers.base import (
    Bridge,
    Device,
    GatewayError,
    GatewayUnavailable,
    label,
    provider,
    provider_names,
)
from yibao.plans.models import InsurancePlan

KNOWN_AS = "known_as"  # in the session: channel → how it calls who is there
ASKED = "asked_who_pays"  # in the session: the question that is under way

log = logging.getLogger(__name__)


class ChannelForm(forms.Form):
    """支付方式."""

    channel = forms.ChoiceField(
        error_messages={
            "required": "请选择支付方式",
            "invalid_choice": "本计划不支持这种支付方式，请重新选择",
        }
    )

    def __init__(self, *args, plan, **kwargs):
        super().__init__(*args, **kwargs)
        names = rules.online_channels(plan)
        self.fields["channel"].choices = [(name, label(name)) for name in names]
        self.initial = {"channel": names[0] if names else ""}

    @property
    def chosen(self):
        """The channel as entered, else the first."""
        return self["channel"].value()


def device_of(request: HttpRequest) -> Device:
    """Phones say so in their name, and so does WeChat; its windows on a desktop are desktops."""
    name = request.headers.get("User-Agent", "")
    if "Mobi" not in name:
        return Device.DESKTOP
    return Device.WECHAT if "MicroMessenger" in name else Device.PHONE


def ask_who_pays(request: HttpRequest, plan: InsurancePlan) -> HttpResponseRedirect | None:
    """On a page inside of WeChat: to WeChat first, which knows who is there; None when we do.

    It comes back at once and asks the payer nothing. What it says stays in the session; when it says
    nothing we go on without, and never ask in a circle.
    """
    if request.method != "GET" or device_of(request) is not Device.WECHAT:
        return None
    asked = request.session.pop(ASKED, None)
    if "state" in request.GET:
        if asked and constant_time_compare(asked["state"], request.GET["state"]):
            known = request.session.get(KNOWN_AS, {})
            who = _who_came(asked["channel"], request.GET.get("code", ""))
            request.session[KNOWN_AS] = known | {asked["channel"]: who}
        return redirect(request.path) if asked else None
    state, back = get_random_string(32), root_of(request) + request.path
    for channel in rules.online_channels(plan):
        if channel not in request.session.get(KNOWN_AS, {}):
            with contextlib.suppress(GatewayUnavailable):
                if address := provider(channel).who_pays(Device.WECHAT, back, state):
                    request.session[ASKED] = {"channel": channel, "state": state}
                    return redirect(address)
    return None


def _who_came(channel: str, code: str) -> str:
    """Who pays, by the code that came back; "" when that is not to be had."""
    if channel not in provider_names():
        return ""
    try:
        return provider(channel).payer_of(code)
    except GatewayError:
        log.exception("%s does not say who pays", channel)
        return ""


def asked_of_wechat(way: Bridge) -> str:
    """What our page hands to WeChat, as it stands in an attribute of it."""
    return json.dumps(way.package)


def shuts_wechat_out(request: HttpRequest, channel: str) -> bool:
    """Whether the cashier of a channel does not open in the browser that is asking."""
    inside = device_of(request) is Device.WECHAT
    return inside and not provider(channel).opens_in_wechat


def addresses(request: HttpRequest, channel: str, back: str) -> flow.Addresses:
    """Where gateways and payers reach us: the configured name, in a demonstration the one in use."""
    root = root_of(request)
    return flow.Addresses(
        notify=root + reverse("pay:notify", args=[channel]),
        back=root + back,
        payer=request.META.get("REMOTE_ADDR", ""),
        who=request.session.get(KNOWN_AS, {}).get(channel, ""),
    )


def root_of(request: HttpRequest) -> str:
    """What our addresses begin with, for others."""
    if settings.PRODUCTION:
        return str(settings.PUBLIC_URL)
    return request.build_absolute_uri("/").rstrip("/")


def qr_code(text: str) -> str:
    """A QR code as SVG, as the address of an <img>: what the content security policy allows."""
    return segno.make(text, error="m").svg_data_uri(scale=1, border=2)
