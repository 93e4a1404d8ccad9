"""The address that belongs to no audience: where somebody lands after signing in."""

from django.urls import include, path

from yibao.web import shell

urlpatterns = [
    path("start/", shell.start, name="start"),
    path("staff/", include("yibao.web.staff.urls")),
]
