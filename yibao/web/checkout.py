"""What paying needs of a request, whoever pays: the channel, the device, our addresses."""

import segno
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from yibao.payments import flow, rules
from yibao.payments.providers.base import Device, label


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
    """Phones say so in their name."""
    return Device.PHONE if "Mobi" in request.headers.get("User-Agent", "") else Device.DESKTOP


def addresses(request: HttpRequest, channel: str, back: str) -> flow.Addresses:
    """Where gateways and payers reach us: the configured name, in a demonstration the one in use."""
    root = root_of(request)
    return flow.Addresses(
        notify=root + reverse("pay:notify", args=[channel]),
        back=root + back,
        payer=request.META.get("REMOTE_ADDR", ""),
    )


def root_of(request: HttpRequest) -> str:
    """What our addresses begin with, for others."""
    if settings.PRODUCTION:
        return str(settings.PUBLIC_URL)
    return request.build_absolute_uri("/").rstrip("/")


def qr_code(text: str) -> str:
    """A QR code as SVG, as the address of an <img>: what the content security policy allows."""
    return segno.make(text, error="m").svg_data_uri(scale=1, border=2)
