"""Middleware of the pages alone: a call of the API has a token, and no session, user or message."""

from collections.abc import Awaitable

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

API = "/api/v1/"


class PagesOnly(MiddlewareMixin):
    """Stands before Django's own class and lets calls of the API pass it by."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer."""
        if request.path.startswith(API):
            return self.get_response(request)
        return super().__call__(request)


class PageSessionMiddleware(PagesOnly, SessionMiddleware):
    """Sessions of the office."""


class PageUserMiddleware(PagesOnly, AuthenticationMiddleware):
    """Who has logged in to the office."""


class PageMessageMiddleware(PagesOnly, MessageMiddleware):
    """What a page tells after an act."""
