"""Every refusal is one document, of one shape, and says nothing of our insides."""

from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404
from django.test import Client, override_settings
from django.urls import path
from psycopg.errors import (
    IdleInTransactionSessionTimeout,
    LockNotAvailable,
    TransactionTimeout,
)
from psycopg_pool import PoolTimeout
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.problems import STATUS_OF_CODE, problem_of
from config.urls import handler404, handler500, urlpatterns
from payments.services.billing import CreditNotSettled
from perisai.api.permissions import Anyone
from perisai.api.serializers import StrictSerializer
from perisai.errors import Conflict, DomainError, FieldError, Invalid, NotFound, Unavailable
from tests.fixtures import Caller

__all__ = ["handler404", "handler500", "urlpatterns"]

SYNC, PAYMENT, OTHER = "/api/v1/sync", "/api/v1/pospay/payments", "/api/v1/devices"
SECRET = "NIK 3515144107850003 at /srv/perisai/secret.py"  # noqa: S105  a bait
MEMBERS = {
    *("type", "title", "status", "detail", "instance", "code", "request_id", "errors"),
}


class LineSerializer(StrictSerializer):
    """One line."""

    amount = serializers.IntegerField(min_value=0)


class BodySerializer(StrictSerializer):
    """A body with lines."""

    lines = LineSerializer(many=True)


class EchoView(APIView):
    """Checks its body, or fails in the way that the query names."""

    authentication_classes = []
    permission_classes = [Anyone]

    def post(self, request: Request) -> Response:
        """Echo."""
        BodySerializer(data=request.data).is_valid(raise_exception=True)
        return Response({})

    def get(self, request: Request) -> Response:
        """Fail."""
        raise RuntimeError(SECRET)


def plain_fault(_request: Any) -> Any:
    raise RuntimeError(SECRET)


urlpatterns = [
    path("api/v1/echo", EchoView.as_view()),
    path("api/v1/sync/echo", EchoView.as_view()),
    path("api/v1/pospay/echo", EchoView.as_view()),
    path("api/v1/plain", plain_fault),
    path("plain", plain_fault),
    *urlpatterns,
]
echo = override_settings(ROOT_URLCONF=__name__)


class Gone(DomainError):
    """A refusal whose code has a status of its own."""

    code = "cursor_expired"
    title = "Usang"


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (NotFound(), 404, "not_found"),
        (Conflict(), 409, "conflict"),
        (Invalid(), 422, "invalid"),
        (Unavailable(), 503, "unavailable"),
        (Gone(), 410, "cursor_expired"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "forbidden"),
        (OperationalError("connection to 10.0.0.7 refused"), 503, "unavailable"),
        (PoolTimeout("couldn't get a connection"), 503, "unavailable"),
        (RuntimeError(SECRET), 500, "internal"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_kind_has_its_status_and_code(refusal: Exception, status: int, code: str) -> None:
    found = problem_of(refusal, OTHER)
    assert (found.status, found.code) == (status, code)
    document = found.document(OTHER)
    assert set(document) == MEMBERS | {"retry"}
    assert document["title"]


def test_refusal_carries_its_context_errors_and_waiting_time() -> None:
    fault = FieldError(pointer="/lines/0", code="too_many", detail="Terlalu banyak")
    found = problem_of(Conflict("Sudah ada", errors=(fault,), expected_seq=41, retry_after=7), SYNC)
    document = found.document(SYNC)
    assert found.headers == {"Retry-After": "7"}
    assert (document["expected_seq"], document["detail"]) == (41, "Sudah ada")
    assert "retry_after" not in document
    assert document["errors"] == [
        {"pointer": "/lines/0", "code": "too_many", "detail": "Terlalu banyak"}
    ]


@pytest.mark.parametrize(
    ("address", "member", "value"),
    [(SYNC, "retryable", True), (PAYMENT, "retry", "same_key"), (OTHER, "retry", "same_key")],
)
def test_sync_says_retryable_and_everything_else_retry(
    address: str, member: str, value: object
) -> None:
    document = problem_of(Unavailable(), address).document(address)
    assert document[member] == value
    assert ("retry" in document) != ("retryable" in document)


def waited_too_long() -> OperationalError:
    """What the driver raises for a lock that somebody else kept."""
    fault = OperationalError("canceling statement due to lock timeout")
    fault.__cause__ = LockNotAvailable()
    return fault


@pytest.mark.parametrize("address", [PAYMENT, "/api/v1/bills", "/api/v1/bills/1/cancel"])
@pytest.mark.parametrize("raised", [waited_too_long(), CreditNotSettled("Busy")], ids=repr)
def test_money_that_somebody_else_works_on_is_in_progress(raised: Exception, address: str) -> None:
    found = problem_of(raised, address)
    assert (found.status, found.code, found.retry) == (409, "in_progress", "same_key")
    assert found.headers == {"Retry-After": "3"}


def ended_by_server(reason: type[psycopg.Error]) -> InternalError:
    """What the driver raises where the server ended the session within a transaction."""
    fault = InternalError("terminating connection")
    fault.__cause__ = reason()
    return fault


@pytest.mark.parametrize("address", [PAYMENT, SYNC, OTHER])
@pytest.mark.parametrize(
    "raised",
    [
        ended_by_server(TransactionTimeout),
        ended_by_server(IdleInTransactionSessionTimeout),
        InterfaceError("connection already closed"),
        PoolTimeout("no connection in 1 s"),
    ],
    ids=repr,
)
def test_call_that_lost_the_database_may_be_sent_again(raised: Exception, address: str) -> None:
    found = problem_of(raised, address)

    assert (found.status, found.code) == (503, "unavailable")
    assert problem_of(InternalError(SECRET), address).status == 500


def test_lock_that_is_not_moneys_is_unavailable() -> None:
    assert problem_of(waited_too_long(), OTHER).code == "unavailable"


def test_every_special_status_is_one_of_http() -> None:
    assert {code for code, status in STATUS_OF_CODE.items() if not 400 <= status < 600} == set()


def post(address: str, body: Any) -> Any:
    return Caller().post(address, body)


@echo
@pytest.mark.parametrize(
    ("address", "body", "code"),
    [
        ("/api/v1/echo", {"lines": [{"amount": -1}]}, "invalid"),
        ("/api/v1/pospay/echo", {"lines": [{"amount": -1}]}, "invalid_field"),
        ("/api/v1/pospay/echo", {"lines": [{}]}, "missing_field"),
        ("/api/v1/pospay/echo", {"lines": [{"amount": 1, "fee": 1}]}, "unknown_field"),
        ("/api/v1/sync/echo", {"lines": [{"amount": -1}]}, "invalid"),
    ],
)
def test_validation_is_422_under_the_code_of_its_contract(
    address: str, body: Any, code: str
) -> None:
    answer = post(address, body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer["Content-Type"] == "application/problem+json"


@echo
def test_pointers_lead_into_lists() -> None:
    faults = post("/api/v1/echo", {"lines": [{"amount": 1}, {"amount": "2"}]}).json()["errors"]
    assert [(fault["pointer"], fault["code"]) for fault in faults] == [
        ("/lines/1/amount", "invalid")
    ]


@echo
@pytest.mark.parametrize(
    ("raw", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "bad_json"),
        (b'{"a": 1, "a": 2}', "application/json", 400, "bad_json"),
        (b'{"a": NaN}', "application/json", 400, "bad_json"),
        (b"[" * 9 + b"]" * 9, "application/json", 400, "bad_json"),
        (b"[" * 100_000, "application/json", 413, "payload_too_large"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported_encoding"),
        (b"{}", "application/xml", 415, "unsupported_encoding"),
    ],
    ids=["cut", "twice", "NaN", "deep", "large", "form", "xml"],
)
def test_odd_bodies(raw: bytes, content_type: str, status: int, code: str) -> None:
    answer = Client().post("/api/v1/echo", raw, content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@echo
def test_bad_json_of_sync_is_an_invalid_envelope() -> None:
    answer = Client().post("/api/v1/sync/echo", b"{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_envelope")
    assert answer.json()["retryable"] is False


@echo
@pytest.mark.parametrize(
    ("verb", "address", "status", "code"),
    [
        ("get", "/api/v1/no-such-thing", 404, "not_found"),
        ("put", "/api/v1/echo", 405, "method_not_allowed"),
        ("get", "/api/v1/auth/login", 405, "method_not_allowed"),
    ],
)
def test_wrong_address_or_verb_is_a_document(
    verb: str, address: str, status: int, code: str
) -> None:
    answer = getattr(Client(), verb)(address)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["instance"] == address


@echo
def test_unknown_page_outside_the_api_is_a_page() -> None:
    answer = Client().get("/no-such-page")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


@echo
@pytest.mark.parametrize("address", ["/api/v1/echo", "/api/v1/plain", "/plain"])
def test_fault_leaves_no_internals(address: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = Client(raise_request_exception=False).get(address)
    assert answer.status_code == 500
    text = answer.content.decode()
    for hidden in ("RuntimeError", "Traceback", "secret.py", "3515144107850003", "config"):
        assert hidden not in text
    if address.startswith("/api/"):
        document = answer.json()
        assert (document["code"], document["retry"], document["detail"]) == (
            "internal",
            "same_key",
            "",
        )
        assert document["request_id"] == answer["X-Request-Id"]


@pytest.mark.django_db
def test_answers_speak_the_language_that_is_asked_for() -> None:
    indonesian = Caller().get(OTHER)
    english = Caller().get(OTHER, HTTP_ACCEPT_LANGUAGE="en")
    assert indonesian.json()["title"] == "Masuk dahulu"
    assert (english.json()["code"], settings.LANGUAGE_CODE) == ("unauthenticated", "id")
