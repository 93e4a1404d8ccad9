"""The staff's addresses. Whose each is stands in web/access.py; one section a family of pages."""

from django.urls import path

from yibao.grid.views import GridView
from yibao.web.staff import desk, enrolments_register, plan_editor, plans, students
from yibao.web.staff.cash import Cash, CashBookGrid
from yibao.web.staff.enrolments import Enrolments, Reviews, Unregistered
from yibao.web.staff.hardship import HardshipGrid
from yibao.web.staff.orders import Orders
from yibao.web.staff.plans import PlansGrid
from yibao.web.staff.refunds import RefundGrid
from yibao.web.staff.requirements import Requirements
from yibao.web.staff.students import StudentGrid

app_name = "staff"

DESK = [path("", desk.home, name="home")]

ENROLMENTS = [
    path("reviews/", Reviews.as_view(), name="reviews"),
    path("enrolments/", Enrolments.as_view(), name="enrolments"),
    path("enrolments/register/", enrolments_register.register, name="register"),
    path(
        "enrolments/<uuid:public_id>/register/",
        enrolments_register.register_one,
        name="register_one",
    ),
    path("requirements/", Requirements.as_view(), name="requirements"),
    path("unregistered/", Unregistered.as_view(), name="unregistered"),
]

MONEY = [
    path("cash/", Cash.as_view(), name="cash"),
    path("cash/book/", GridView.as_view(grid_class=CashBookGrid), name="cash_book"),
    path("orders/", Orders.as_view(), name="orders"),
    path("refunds/", GridView.as_view(grid_class=RefundGrid), name="refunds"),
]

STUDENTS = [
    path("students/", GridView.as_view(grid_class=StudentGrid), name="students"),
    path("students/<uuid:public_id>/<str:field>/", students.show_in_full, name="disclose"),
    path("hardship/", GridView.as_view(grid_class=HardshipGrid), name="hardship"),
]

PLANS = [
    path("plans/", GridView.as_view(grid_class=PlansGrid), name="plans"),
    path("plans/new/", plan_editor.plan_new, name="plan_new"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/edit/<slug:key>/", plan_editor.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/targets/", plan_editor.plan_targets, name="plan_targets"),
    path("plans/<int:pk>/open/", plans.plan_open, name="plan_open"),
    path("plans/<int:pk>/close/", plans.plan_close, name="plan_close"),
    path("plans/<int:pk>/archive/", plans.plan_archive, name="plan_archive"),
    path("plans/<int:pk>/copy/", plans.plan_copy, name="plan_copy"),
]

urlpatterns = [*DESK, *ENROLMENTS, *MONEY, *STUDENTS, *PLANS]
