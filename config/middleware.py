"""Answer headers that every page and every API call carries."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPStatus
from ipaddress import ip_address
from time import perf_counter
from typing import Any, Final, cast

import structlog
from csp.constants import HEADER as CONTENT_POLICY
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from django_structlog.middlewares import RequestMiddleware
from zlib_ng import zlib_ng

from perisai import clock
from perisai.history import Cause, caused_by
from perisai.models import DeviceToken, User

Answer = Callable[[HttpRequest], HttpResponse]
PERSONAL = ("/api/v1/", "/admin/")
NEVER_CACHED: Final = "max-age=0, no-cache, no-store, must-revalidate, private"
NOTHING: Final = {"default-src": ["'none'"], "frame-ancestors": ["'none'"]}
API_POLICY: Final = build_policy(config=NOTHING)
# A page that is printed brings its stylesheet and nothing else.
API_PAGE_POLICY: Final = build_policy(
    config=NOTHING
    | {
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "form-action": ["'none'"],
        "base-uri": ["'none'"],
    }
)


class Work:
    """What one request has cost so far: when it began, and its statements."""

    def __init__(self) -> None:
        self.begun_at = perf_counter()
        self.statements = 0

    def __call__(self, execute: Callable[..., Any], *asked: Any) -> Any:
        """One more statement."""
        self.statements += 1
        return execute(*asked)

    def milliseconds(self) -> int:
        """Since it began, whole ones."""
        return round((perf_counter() - self.begun_at) * 1_000)


_work: ContextVar[Work | None] = ContextVar("work", default=None)


class RequestLogMiddleware(RequestMiddleware):
    """Logs start and end of each request; a path or query could hold what nobody may log.

    The end says how long it took, how many statements it made, and by which phone it came.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and count."""
        work = Work()
        begun = _work.set(work)
        try:
            with connection.execute_wrapper(work):
                return cast("HttpResponse", super().__call__(request))
        finally:
            _work.reset(begun)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """The line of the end."""
        work, token = _work.get(), getattr(request, "auth", None)
        if work is not None:
            structlog.contextvars.bind_contextvars(
                duration_ms=work.milliseconds(), statements=work.statements
            )
        if isinstance(token, DeviceToken) and token.device_id is not None:
            structlog.contextvars.bind_contextvars(device_id=str(token.device_id))
        super().handle_response(request, response)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and route pattern; the pattern is known once the request was routed."""
        match = request.resolver_match
        return f"{request.method} /{match.route}" if match else f"{request.method}"


def client_address(request: HttpRequest) -> str | None:
    """The caller's address: what the outermost trusted proxy saw, else the peer of the connection.

    Without TRUSTED_PROXIES the forwarded header is what any caller likes to write, and ignored.
    """
    trusted: int = settings.TRUSTED_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    seen = (
        forwarded[-trusted]
        if 0 < trusted <= len(forwarded)
        else request.META.get("REMOTE_ADDR", "")
    )
    try:
        return str(ip_address(seen.strip()))
    except ValueError:  # a socket without an address
        return None


class MethodsMiddleware:
    """Refuses methods that no page and no call of ours has, before any view can take them for GET.

    What a header says of another method is not heard: only the request line counts.
    """

    pages = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
    api = pages | {"PUT", "PATCH", "DELETE"}

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or 405."""
        known = self.api if request.path.startswith("/api/") else self.pages
        if request.method not in known:
            return HttpResponseNotAllowed(sorted(known))
        return self.get_response(request)


class ResponseHeadersMiddleware:
    """Request id, server time, no caching of anything personal, and a closed policy for the API."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then complete the headers."""
        response = self.get_response(request)
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        response["X-Request-Id"] = request_id
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.path.startswith("/api/v1/"):
            response["X-Server-Time"] = clock.now().isoformat(timespec="milliseconds")
            is_page = response.get("Content-Type", "").startswith("text/html")
            response[CONTENT_POLICY] = API_PAGE_POLICY if is_page else API_POLICY
            response["Referrer-Policy"] = "no-referrer"
        if request.path.startswith(PERSONAL) and not response.has_header("Cache-Control"):
            response["Cache-Control"] = NEVER_CACHED
        return response


class PagePolicyMiddleware(CSPMiddleware):
    """The pages' content policy; that of an API call is a text which never changes."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the policy where there is none yet."""
        return (
            response if CONTENT_POLICY in response else super().process_response(request, response)
        )


class CauseMiddleware:
    """Lets the history of hand-edited rows say who changed them; asked only when one changes."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        with caused_by(lambda: cause_of(request)):
            return self.get_response(request)


def cause_of(request: HttpRequest) -> Cause:
    """By its token alone for a call of the API, by its session for a page."""
    if request.path.startswith("/api/"):
        token = getattr(request, "auth", None)
        if not isinstance(token, DeviceToken):
            return Cause(channel="api")
        return Cause(
            channel="api", actor_id=token.user_id, device_id=str(token.device_id or token.terminal)
        )
    user = getattr(request, "user", None)
    return Cause(channel="admin", actor_id=user.pk if isinstance(user, User) else None)


class ApiCompressionMiddleware(MiddlewareMixin):
    """gzip for answers of the API over 512 bytes.

    Pages with cookies are left alone: compressing a secret beside what a caller can choose tells
    the secret (BREACH). Callers of the API send a token in a header, never a cookie. Django's own
    middleware compresses with zlib, which takes three times as long for as many bytes.
    """

    least_bytes = 512
    level = 6
    gzip_form = 16 + zlib_ng.MAX_WBITS
    is_accepted = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress; the tag stays as the contract writes it, since it names a state, not bytes."""
        if not request.path.startswith("/api/v1/") or not isinstance(response, HttpResponse):
            return response
        if len(response.content) <= self.least_bytes or response.has_header("Content-Encoding"):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if not self.is_accepted.search(request.headers.get("Accept-Encoding", "")):
            return response
        compressed = zlib_ng.compress(response.content, level=self.level, wbits=self.gzip_form)
        if len(compressed) < len(response.content):
            response.content = compressed
            response.headers["Content-Length"] = str(len(compressed))
            response.headers["Content-Encoding"] = "gzip"
        return response


class LeanUnchangedMiddleware:
    """A 304 of the API in under 300 bytes: phones on bad lines ask often and mostly hear this.

    What is left out guards or describes a body, and a 304 has none; it is not cached either, unless
    it is of a content that never changes.
    """

    kept = frozenset({"ETag", "X-Request-Id", "X-Server-Time"})

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then leave only what the phone reads."""
        response = self.get_response(request)
        if response.status_code == HTTPStatus.NOT_MODIFIED and request.path.startswith("/api/v1/"):
            for_ever = "immutable" in response.get("Cache-Control", "")
            for name in set(response.headers) - self.kept - {"Cache-Control"}:
                del response[name]
            if not for_ever:
                response["Cache-Control"] = "no-store"
        return response
