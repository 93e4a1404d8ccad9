"""What every request passes, whatever page it is for."""

import pytest
from django.test import Client


@pytest.mark.parametrize("address", ["/livez?x=%00", "/livez?%00=x", "/%00", "/a%00b/"])
def test_nul_characters_are_a_bad_request(client, address):
    assert client.get(address).status_code == 400


def test_nul_in_a_cookie_is_a_bad_request(client):
    client.cookies["yibao_session"] = "\0" * 32
    assert client.get("/livez").status_code == 400


def test_a_giant_body_is_refused_unread(client, settings):
    settings.LARGEST_REQUEST = 1024 * 1024
    answer = client.post("/livez", b"x" * (1024 * 1024 + 1), content_type="text/plain")
    assert (answer.status_code, answer.content.decode()) == (
        413,
        "提交的内容超过 1 MB，请减小文件后重试",
    )


def test_pages_are_kept_out_of_caches_and_frames(client):
    headers = client.get("/livez").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert set(headers["Content-Security-Policy"].split("; ")) == {
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    }


@pytest.mark.parametrize(("proxies", "seen"), [(set(), "10.0.0.9"), ({"10.0.0.9"}, "203.0.113.7")])
def test_only_our_proxy_is_believed(settings, proxies, seen):
    settings.TRUSTED_PROXIES = proxies
    claimed = "198.51.100.1, 203.0.113.7"
    answer = Client(REMOTE_ADDR="10.0.0.9").get("/livez", headers={"X-Forwarded-For": claimed})
    assert answer.wsgi_request.META["REMOTE_ADDR"] == seen


def test_ready_says_whether_the_database_answers(client, db, monkeypatch):
    assert client.get("/readyz").status_code == 200
