"""Answer headers everywhere, and whose address a proxy may tell."""

from uuid import UUID

import pytest
from django.test import Client, RequestFactory, override_settings
from django.utils.dateparse import parse_datetime

from config.middleware import client_address

EVERYWHERE = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/health/live", "/api/v1/devices", "/api/v1/no-such-thing", "/no-such-page"]
)
def test_headers_everywhere(address: str) -> None:
    answer = Client().get(address)
    assert {name: answer[name] for name in EVERYWHERE} == EVERYWHERE
    assert str(UUID(answer["X-Request-Id"])) == answer["X-Request-Id"]
    assert "Server" not in answer
    assert "unsafe-inline" not in answer["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/v1/devices", "/api/v1/no-such-thing"])
def test_api_is_closed_to_caches_and_frames_and_tells_the_time(address: str) -> None:
    answer = Client().get(address)
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    policy = set(answer["Content-Security-Policy"].split("; "))
    assert policy == {"default-src 'none'", "frame-ancestors 'none'"}
    told = parse_datetime(answer["X-Server-Time"])
    assert told is not None
    assert told.tzinfo is not None


@pytest.mark.parametrize(
    ("trusted", "forwarded", "peer", "address"),
    [
        (0, "", "198.51.100.9", "198.51.100.9"),
        (0, "192.0.2.1", "198.51.100.9", "198.51.100.9"),
        (1, "203.0.113.7", "10.0.0.2", "203.0.113.7"),
        (1, "192.0.2.1, 203.0.113.7", "10.0.0.2", "203.0.113.7"),
        (2, "192.0.2.1, 203.0.113.7, 10.0.0.3", "10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.2", "10.0.0.2"),
        (1, "2001:DB8::1", "10.0.0.2", "2001:db8::1"),
        (1, "unknown", "10.0.0.2", None),
        (0, "", "", None),
    ],
)
def test_address_is_what_the_outermost_trusted_proxy_saw(
    trusted: int, forwarded: str, peer: str, address: str | None
) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(TRUSTED_PROXIES=trusted):
        assert client_address(request) == address


@pytest.mark.django_db
def test_admin_lock_out_is_a_page_that_says_when_to_return() -> None:
    client = Client()
    body = {"username": "tidak-ada", "password": "salah"}
    statuses = [client.post("/admin/login/", body).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    answer = client.post("/admin/login/", body)
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "15 menit" in answer.content.decode()
