"""Addresses that stand in for the real pages: a test of the frame needs no page's contents."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path

from yibao.common.errors import Refused
from yibao.server.urls import handler400, handler403, handler404, handler500
from yibao.web.access import PAGES

__all__ = ["handler400", "handler403", "handler404", "handler500"]

SENTENCE = "王小明还没有通过辅导员审核，请先审核再收现金"


def staff_page(request):
    return render(request, "base_staff.html")


def student_page(request):
    return render(request, "base_student.html")


def refuse(request):
    raise Refused(SENTENCE)


def break_down(request):
    raise RuntimeError("a fault of ours")


def say(request):
    messages.success(request, "已通过 35 人")
    return HttpResponse("fragment")


def thank(request):
    return HttpResponse("success")


def say_and_go(request):
    messages.success(request, "已保存")
    return redirect("staff:home")


def named(name):
    return name.partition(":")[2]


staff = [
    path("" if name == "staff:home" else f"{named(name)}/", staff_page, name=named(name))
    for name in PAGES
]
forgotten = [path("forgotten/", staff_page, name="forgotten")]
student = [
    path("", student_page, name="home"),
    path("records/", student_page, name="records"),
    path("me/", student_page, name="me"),
    path("refuse/", refuse, name="refuse"),
    path("say/", say, name="say"),
    path("say-and-go/", say_and_go, name="say_and_go"),
    path("break/", break_down, name="break"),
]
urlpatterns = [
    path("staff/", include((staff + forgotten, "staff"))),
    path("", include((student, "student"))),
    path("accounts/", include("yibao.accounts.urls")),
    path("pay/", include(([path("notify/", thank, name="notify")], "pay"))),
    path("", include("yibao.web.urls")),
]
