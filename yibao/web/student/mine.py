"""The only way of these pages to a row: it is the student's own, or it is not there (404)."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from yibao.enrolment.models import Enrolment, EnrolmentQuerySet
from yibao.payments.models import Order, OrderQuerySet
from yibao.people.models import Student
from yibao.plans.states import PlanStatus


def my_student(request: HttpRequest) -> Student:
    """The student who is signed in, with class, major and college."""
    mine = Student.objects.visible_to(request.user).select_related(
        "user", "class_group__major__college"
    )
    return get_object_or_404(mine, user=request.user)


def my_enrolments(user: Any) -> EnrolmentQuerySet:
    """The student's rows in all plans that ever opened, newest first, with all that a page reads.

    Somebody with a post sees other students' rows elsewhere, never here.
    """
    mine = Enrolment.objects.visible_to(user).filter(student__user=user)
    published = mine.exclude(plan__status=PlanStatus.DRAFT)
    return (
        published.defer("snapshot")
        .with_story()
        .with_quote()
        .with_counselors()
        .with_papers()
        .select_related("draft__reason", "submitted_by")
        .prefetch_related(
            "reason__needs__kind",
            "draft__reason__needs__kind",
            "reviews__by",
            "reviews__step",
            "orders__payments__refunds__prepared_by",
            "orders__payments__refunds__confirmed_by",
        )
        .order_by("-plan__academic_year", "-plan__pk", "pk")
    )


def my_enrolment(request: HttpRequest, public_id: UUID) -> Enrolment:
    """One of them."""
    return get_object_or_404(my_enrolments(request.user), public_id=public_id)


def my_orders(user: Any) -> OrderQuerySet:
    """The student's orders with their payments."""
    mine = Order.objects.visible_to(user).filter(enrolment__student__user=user)
    return mine.select_related(
        "enrolment__plan", "enrolment__student__class_group__major__college"
    ).prefetch_related("payments__refunds")


def my_order(request: HttpRequest, public_id: UUID) -> Order:
    """One of them."""
    return get_object_or_404(my_orders(request.user), public_id=public_id)
