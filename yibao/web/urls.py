"""The address that belongs to no audience: where somebody lands after signing in."""

from django.urls import path

from yibao.web import shell

urlpatterns = [path("start/", shell.start, name="start")]
