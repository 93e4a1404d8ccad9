"""Every address of the system, by audience."""

from django.urls import include, path

from yibao.server import health

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("yibao.accounts.urls")),
    path("pay/", include("yibao.web.gateway.urls")),
    path("p/", include("yibao.web.payer.urls")),
    path("", include("yibao.web.urls")),
    path("", include("yibao.web.student.urls")),
]

handler400 = "yibao.web.failures.bad_request"
handler403 = "yibao.web.failures.forbidden"
handler404 = "yibao.web.failures.not_found"
handler500 = "yibao.server.faults.server_error"
