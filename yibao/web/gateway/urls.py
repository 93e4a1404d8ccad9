"""Addresses that gateways call."""

from django.urls import path

from yibao.web.gateway import callbacks

app_name = "pay"
urlpatterns = [path("notify/<slug:channel>/", callbacks.notify, name="notify")]
