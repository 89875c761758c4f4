"""The way in while somebody else holds what it needs: a page that says so, and no fault of ours."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from perisai.deadlines import LOCK_SECONDS, is_lock_timeout

log = structlog.get_logger(__name__)

Page = Callable[[HttpRequest], HttpResponseBase]


def says_when_it_waits(page: Page) -> Page:
    """Answer 503 where a lock was not granted: nothing was done, and it may be sent again."""

    @wraps(page)
    def answered(request: HttpRequest) -> HttpResponseBase:
        try:
            response = page(request)
            return response.render() if isinstance(response, TemplateResponse) else response
        except OperationalError as fault:
            if not is_lock_timeout(fault):
                raise
            log.warning("login_waited", path=request.path)
            return _come_again(request)

    return answered


def _come_again(request: HttpRequest) -> HttpResponse:
    response = render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(LOCK_SECONDS)
    add_never_cache_headers(response)
    return response
