"""What every answer carries, whoever asks and whatever becomes of it."""

import re
from typing import Any

import pytest
import yaml
from django.test import override_settings
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from perisai.api.permissions import Anyone
from tests.architecture.tree import ROOT
from tests.fixtures import Caller
from tests.savepoints import taken_back
from tests.security.routes import METHODS, Route, routes
from tests.security.stage import Stage

pytestmark = pytest.mark.django_db
MOUNTED = list(routes())
EVERYWHERE = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
CALLERS = ("anonymous", "agent", "post_agent", "supervisor")
ELSEWHERE = "https://jahat.example"


class FailingView(APIView):
    """Fails, as no view of ours should."""

    authentication_classes = []
    permission_classes = [Anyone]

    def get(self, request: Request) -> Response:
        """Fail."""
        raise RuntimeError("gagal")


def fail(_request: Any) -> Any:
    """A page that fails."""
    raise RuntimeError("gagal")


handler404 = "config.problems.not_found"
handler500 = "config.problems.failed"
urlpatterns = [
    path("api/v1/gagal", FailingView.as_view()),
    path("gagal", fail),
    path("", include("config.urls")),
]


def faults(answer: Any, address: str) -> list[str]:
    """What an answer lacks, or has and should not."""
    found = [name for name, value in EVERYWHERE.items() if answer.get(name) != value]
    policy = answer.get("Content-Security-Policy", "")
    found += ["policy"] if not policy or "unsafe" in policy else []
    found += [name for name in answer.headers if name.startswith("Access-Control-")]
    found += [name for name in ("Server", "X-Powered-By") if name in answer]
    strict = "no-referrer" if address.startswith("/api/v1/") else "same-origin"
    found += ["referrer"] if answer.get("Referrer-Policy") != strict else []
    return found


def called(stage: Stage, role: str, address: str, method: str = "get", **sent: Any) -> Any:
    """The raw answer; nothing of the call stays."""
    with taken_back():
        return getattr(stage.passes[role].client(), method)(address, **sent)


@pytest.mark.parametrize("route", MOUNTED, ids=lambda route: route.name)
def test_headers_everywhere(route: Route, stage: Stage) -> None:
    address = stage.url(route, "own")
    for role in CALLERS:
        answer = called(stage, role, address, headers={"Origin": ELSEWHERE})
        assert faults(answer, address) == [], role
        is_personal = address.startswith(("/api/v1/", "/admin/")) and answer.status_code == 200
        if is_personal and route.name not in {"jsi18n", "reference-file"}:
            assert "no-store" in answer.headers["Cache-Control"], role


@pytest.mark.parametrize("address", ["/api/v1/tidak-ada", "/tidak-ada", "/api/v1/gagal", "/gagal"])
def test_headers_of_404_and_500(address: str, stage: Stage) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        answer = called(stage, "agent", address)
    assert answer.status_code == (500 if address.endswith("gagal") else 404)
    assert faults(answer, address) == []
    assert b"Traceback" not in answer.content
    assert b"RuntimeError" not in answer.content


@pytest.mark.parametrize("route", MOUNTED, ids=lambda route: route.name)
def test_no_other_origin_is_let_in(route: Route, stage: Stage) -> None:
    asked = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}
    answer = called(stage, "agent", stage.url(route, "own"), "options", headers=asked)
    assert [name for name in answer.headers if name.startswith("Access-Control-")] == []


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_method_override_is_not_heard(name: str, stage: Stage) -> None:
    device = stage.corners["own"].device
    address = f"/api/v1/devices/{device.pk}"
    answer = called(
        stage, "agent", address, "post", data={"label": "lain"}, headers={name: "PATCH"}
    )
    assert answer.status_code == 405
    device.refresh_from_db()
    assert device.label != "lain"


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/api/v1/members", "/health/live"])
def test_trace_is_off(address: str, stage: Stage) -> None:
    for role in ("anonymous", "agent", "supervisor"):
        with taken_back():
            answer: Any = stage.passes[role].client().generic("TRACE", address)
        assert answer.status_code == 405
        assert b"Authorization" not in answer.content


def test_mounted_routes_are_those_of_the_openapi_file() -> None:
    document = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text("utf-8"))
    written = {
        (address, method.upper())
        for address, methods in document["paths"].items()
        for method in methods
        if method.upper() in METHODS
    }
    mounted = {
        (address_in_document(route), method)
        for route in MOUNTED
        if route.pattern.startswith("/api/v1/")
        for method in (route.api_methods() or set()) & {*METHODS}  # no generator writes HEAD
    }
    assert written == mounted
    assert len({address for address, _method in written}) == len(document["paths"])


def address_in_document(route: Route) -> str:
    """`/devices/<uuid:device_id>` as `/devices/{device_id}`."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.pattern)


def test_control_a_missing_header_is_found() -> None:
    answer = Caller().get("/health/live")
    del answer.headers["X-Frame-Options"]
    answer.headers["Access-Control-Allow-Origin"] = "*"
    assert faults(answer, "/health/live") == ["X-Frame-Options", "Access-Control-Allow-Origin"]
