"""Addresses of payment links."""

from django.urls import path

from yibao.web.payer import pages

app_name = "payer"
urlpatterns = [
    path("<str:token>/", pages.link, name="link"),
    path("<str:token>/start/", pages.start, name="start"),
]
