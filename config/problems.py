"""Refusals as RFC 9457 documents: the only place that knows HTTP status codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import randbelow
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults
from drf_standardized_errors.formatter import flatten_errors
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config.texts import TEXTS
from payments.errors import InProgress
from payments.services.billing import CreditNotSettled
from perisai.deadlines import (
    LOCK_SECONDS,
    CommitUnanswered,
    is_away,
    is_lock_timeout,
    is_read_only,
)
from perisai.errors import (
    Conflict,
    DomainError,
    FieldError,
    Invalid,
    NotFound,
    OutcomeUnknown,
    ReadOnly,
    Unavailable,
)

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
STATUS_OF_KIND: dict[type[DomainError], int] = {
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    Unavailable: 503,
}
# Codes whose status is not that of their kind.
STATUS_OF_CODE = {
    "bad_json": 400,
    "invalid_envelope": 400,
    "cursor_invalid": 400,
    "idempotency_key_missing": 400,
    "idempotency_key_invalid": 400,
    "invalid_credentials": 401,
    "unauthenticated": 401,
    "token_expired": 401,
    "signature_invalid": 401,
    "device_revoked": 403,
    "device_limited": 403,
    "partner_suspended": 403,
    "cursor_expired": 410,
    "payload_too_large": 413,
    "unsupported_encoding": 415,
    "rate_limited": 429,
    "outcome_unknown": 504,
}
# What DRF refuses by itself, by status.
CODES_OF_HTTP: dict[int, tuple[str, Promise]] = {
    400: ("bad_json", gettext_lazy("Bukan JSON")),
    401: ("unauthenticated", gettext_lazy("Masuk dahulu")),
    403: ("forbidden", gettext_lazy("Tidak berwenang")),
    404: ("not_found", gettext_lazy("Tidak ditemukan")),
    405: ("method_not_allowed", gettext_lazy("Metode tidak diizinkan")),
    406: ("not_acceptable", gettext_lazy("Format jawaban tidak didukung")),
    413: ("payload_too_large", gettext_lazy("Kiriman terlalu besar")),
    415: ("unsupported_encoding", gettext_lazy("Format kiriman tidak didukung")),
    429: ("rate_limited", gettext_lazy("Terlalu sering")),
}
SYNC_PATHS = ("/api/v1/sync", "/api/v1/attachments")
PAYMENT_PATHS = ("/api/v1/pospay", "/api/v1/bills", "/api/v1/bill-codes")
READ_ONLY_SECONDS = 30
SPREAD = 15  # seconds over which phones that wait come back, not all at once
ABSENT = frozenset({"required", "null", "blank", "empty"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem, before it is written for a path."""

    code: str
    title: str
    status: int
    detail: str = ""
    retry: str = "never"
    retryable: bool = False
    errors: tuple[FieldError, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self, path: str) -> dict[str, Any]:
        """The members of the answer; sync says `retryable`, everything else `retry`.

        A counter shows `detail` to a person: money's refusals never leave it empty.
        """
        again = (
            {"retryable": self.retryable} if path.startswith(SYNC_PATHS) else {"retry": self.retry}
        )
        # Money's answers for an unknown and for a foreign number are the same to the last byte.
        is_money = path.startswith(PAYMENT_PATHS)
        where = {} if is_money else {"instance": path}
        text = TEXTS.get(self.code, "") if is_money else ""
        errors = [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in self.errors]
        return {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or str(text),
            **where,
            "code": self.code,
            **again,
            **self.context,
            "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
            "errors": errors,
        }


def problem_response(raised: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: every refusal and every fault of an API call."""
    request = context["request"]
    found = problem_of(raised, request.path)
    set_rollback()
    response = Response(
        found.document(request.path), status=found.status, content_type=CONTENT_TYPE
    )
    for name, value in found.headers.items():
        response[name] = value
    return response


def problem_of(raised: Exception, path: str) -> Problem:
    """What an exception means to a client of this path; the unknown is logged and is 500."""
    if isinstance(raised, DomainError):
        return of_refusal(raised)
    if isinstance(raised, Http404):
        raised = exceptions.NotFound()
    elif isinstance(raised, PermissionDenied):
        raised = exceptions.PermissionDenied()
    if isinstance(raised, exceptions.ValidationError):
        return _of_validation(raised, path)
    if isinstance(raised, exceptions.APIException):
        return _of_api_exception(raised, path)
    if path.startswith(PAYMENT_PATHS) and _is_worked_on(raised):
        return of_refusal(InProgress(retry_after=LOCK_SECONDS))
    if is_away(raised):
        return _of_database(raised, path)
    log.error("request_failed", exc_info=raised)
    return internal()


def _is_worked_on(raised: Exception) -> bool:
    """Whether somebody else holds what the call needs, or used it meanwhile: it will pass."""
    is_held = isinstance(raised, OperationalError) and is_lock_timeout(raised)
    return is_held or isinstance(raised, CreditNotSettled)


def _of_database(raised: Exception, path: str) -> Problem:
    if is_read_only(raised) and path.startswith(SYNC_PATHS):
        after = READ_ONLY_SECONDS + _spread(path)
        return of_refusal(ReadOnly(), {"Retry-After": str(after)})
    if isinstance(raised, CommitUnanswered) and path.startswith(PAYMENT_PATHS):
        log.error("commit_unanswered")
        return of_refusal(OutcomeUnknown())
    log.error("database_unavailable", error=type(raised).__name__)
    return of_refusal(Unavailable(), {"Retry-After": str(5 + _spread(path))})


def _spread(path: str) -> int:
    """Seconds more, another number for each who waits; a counter has a queue before it."""
    return 0 if path.startswith(PAYMENT_PATHS) else randbelow(SPREAD + 1)


def internal() -> Problem:
    """A fault of ours; the same request may be sent again."""
    title = _("Kesalahan di server")
    return Problem(code="internal", title=title, status=500, retry="same_key", retryable=True)


def of_refusal(refusal: DomainError, headers: Mapping[str, str] | None = None) -> Problem:
    """A domain refusal; its kind or its code decides the status."""
    by_kind = next(
        (code for kind, code in STATUS_OF_KIND.items() if isinstance(refusal, kind)), 409
    )
    after = refusal.context.get("retry_after")
    status_code = STATUS_OF_CODE.get(refusal.code, by_kind)
    added = {"Retry-After": str(after)} if after else {}
    if status_code == status.HTTP_401_UNAUTHORIZED:
        added["WWW-Authenticate"] = "Token"
    return Problem(
        code=refusal.code,
        title=str(refusal.title),
        status=status_code,
        detail=str(refusal.detail),
        retry=refusal.retry,
        retryable=refusal.retryable,
        errors=refusal.errors,
        context={key: value for key, value in refusal.context.items() if key != "retry_after"},
        headers=dict(headers or {}) | added,
    )


def _of_validation(raised: exceptions.ValidationError, path: str) -> Problem:
    errors = tuple(
        FieldError(
            pointer="/" + (error.attr or "").replace(".", "/"),
            code=error.code,
            detail=str(error.detail),
        )
        for error in flatten_errors(raised.detail)
    )
    code = "invalid"
    if path.startswith(PAYMENT_PATHS):
        first = errors[0].code
        code = "missing_field" if first in ABSENT else "invalid_field"
        code = "unknown_field" if first == "unknown_field" else code
    return Problem(code=code, title=_("Data belum benar"), status=422, errors=errors)


def _of_api_exception(raised: exceptions.APIException, path: str) -> Problem:
    headers: dict[str, str] = {}
    fallback = ("internal", _("Kesalahan di server"))
    code, title = CODES_OF_HTTP.get(raised.status_code, fallback)
    if code == "bad_json" and path.startswith(SYNC_PATHS):
        code = "invalid_envelope"
    if isinstance(raised, exceptions.Throttled):
        wait = int(getattr(raised, "wait", None) or 60)
        headers["Retry-After"] = str(wait + _spread(path))
    if raised.status_code == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Token"
    may_repeat = raised.status_code == status.HTTP_429_TOO_MANY_REQUESTS
    return Problem(
        code=code,
        title=str(title),
        status=raised.status_code,
        retry="same_key" if may_repeat else "never",
        retryable=may_repeat,
        headers=headers,
    )


def _plain(request: HttpRequest, problem: Problem) -> HttpResponse:
    return JsonResponse(
        problem.document(request.path),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=dict(problem.headers),
    )


def unavailable(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """Not now, outside of any view: the same call may come again after so many seconds."""
    return _plain(request, of_refusal(Unavailable(), {"Retry-After": str(retry_after)}))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Unknown paths: a problem under /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        return _plain(request, problem_of(Http404(), request.path))
    return defaults.page_not_found(request, exception)


def locked_out(
    request: HttpRequest, answer: HttpResponse, credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """What axes' middleware answers: the API has answered already, a page says when to return."""
    if request.path.startswith("/api/"):
        return answer
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    text = _("Terlalu sering salah. Coba lagi dalam %(minutes)s menit.") % {"minutes": minutes}
    return HttpResponse(
        text, status=429, content_type="text/plain", headers={"Retry-After": str(minutes * 60)}
    )


def failed(request: HttpRequest) -> HttpResponse:
    """A fault outside DRF: nothing but the request id leaves."""
    if request.path.startswith("/api/"):
        return _plain(request, internal())
    return defaults.server_error(request)
