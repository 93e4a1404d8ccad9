"""Addresses of the doors."""

from django.urls import path

from yibao.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("still-here/", views.still_here, name="still_here"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("language/", views.language, name="language"),
    path("password/", views.change_password, name="change_password"),
]
