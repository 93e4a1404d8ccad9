"""Addresses that stand in for the real pages: a test of the frame needs no page's contents."""

import time

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template import engines
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


PLAYGROUND = """
{% extends "base_student.html" %}
{% block content %}
  <p id="place">{{ request.method }}</p>
  <button id="ask" hx-post="/refuse/" hx-target="#place">问</button>
  <button id="look" hx-get="/records/" hx-target="#place">看</button>
  <button id="open" type="button" data-open-dialog="d1">打开</button>
  <form method="post" data-once data-draft="play">{% csrf_token %}
    <label>手机号 <input name="mobile"></label>
    <label><input type="radio" name="join" value="y">参保</label>
    <label><input type="radio" name="join" value="n">不参保</label>
    <input type="password" name="secret">
    <button class="btn btn-primary">提交</button>
  </form>
{% endblock %}
{% block dialogs %}
  <dialog class="dialog" id="d1"><button id="ask-inside" hx-post="/refuse/">问</button>
  <button type="button" data-close-dialog>关闭</button></dialog>
{% endblock %}
"""
posted = []


def playground(request):
    if request.method == "POST":
        posted.append(request.POST["mobile"])
        time.sleep(0.5)
    page = engines["django"].from_string(PLAYGROUND)
    return HttpResponse(page.render({}, request))


def named(name):
    return name.partition(":")[2]


staff = [
    path("" if name == "staff:home" else f"{named(name)}/", staff_page, name=named(name))
    for name in PAGES
]
forgotten = [path("forgotten/", staff_page, name="forgotten")]
student = [
    path("", student_page, name="home"),
    path("records/", student_page, name="history"),
    path("me/", student_page, name="me"),
    path("play/", playground, name="play"),
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
