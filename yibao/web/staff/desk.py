"""工作台: what waits for me today, each number with its list behind it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from yibao.people.levels import REVIEWING
from yibao.people.models import Announcement
from yibao.people.scope import holds
from yibao.web.menu import menu_of
from yibao.web.staff.corrections import waiting
from yibao.web.staff.desk_cards import cards_of
from yibao.web.staff.desk_money import money_of
from yibao.web.staff.desk_system import system_of


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Per open plan what waits; for finance the money; for everybody else their own pages."""
    user = request.user
    cards = cards_of(user)
    page = {
        "cards": cards,
        "waiting": sum(bool(item.number) for card in cards for item in card.items),
        "money": money_of(user),
        "system": system_of(user),
        "corrections": waiting(user) if holds(user, *REVIEWING) else 0,
        "reviews": holds(user, *REVIEWING),
        "groups": menu_of(user)[1:],
        "announcements": Announcement.objects.shown_to(user),
    }
    return render(request, "staff/desk/home.html", page)
