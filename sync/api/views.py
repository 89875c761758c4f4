"""The phone's four calls: send, where do I stand, what changed, how am I to behave."""

import re
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from perisai import clock
from perisai.api.authentication import DeviceTokenAuthentication
from perisai.api.callers import current_device, current_token
from perisai.api.permissions import IsAgent, IsLimitedAgent, IsPushingAgent
from perisai.api.throttles import CallerThrottle
from perisai.errors import FieldError, NotFound
from perisai.models import Device
from sync.api.answers import page_text, pushed_body
from sync.api.authentication import standing_with, token_bringing_standing
from sync.api.headers import PARAMETERS, App, calling_app
from sync.api.parsers import PushParser
from sync.api.serializers import (
    ConfigSerializer,
    PageSerializer,
    PushedSerializer,
    PushSerializer,
    StandingSerializer,
)
from sync.errors import InvalidEnvelope
from sync.services.contact import note_app, note_config
from sync.services.envelope import parse_push
from sync.services.page import DEFAULT_BYTES
from sync.services.phone_config import config_for
from sync.services.pull import Ask, NothingNew, Page, page
from sync.services.push import push
from sync.services.standing import rows_in, standing_of

MAX_BYTES_SHAPE = re.compile(r"[0-9]{1,9}")


class SyncView(APIView):
    """What the calls of a phone share: 60 a minute per device, and their headers."""

    throttle_classes = [CallerThrottle]
    throttle_scope = "sync"

    def caller(self, request: Request) -> tuple[Device, App]:
        """The calling device, whose state the permission has judged. Raises InvalidEnvelope."""
        device = current_token(request).device
        if device is None:
            raise NotFound
        app = calling_app(request)
        note_app(device, version=app.version, schema=app.schema)
        return device, app


class PushView(SyncView):
    """POST sends a batch of the outbox; GET tells where the device stands."""

    permission_classes = [IsLimitedAgent]
    parser_classes = [PushParser]

    def get_permissions(self) -> list[BasePermission]:
        """A lost device that drains may send, and nothing else."""
        return [IsPushingAgent() if self.request.method == "POST" else IsLimitedAgent()]

    @extend_schema(parameters=PARAMETERS, responses=StandingSerializer)
    def get(self, request: Request) -> Response:
        """Asked after a login: the next place of the outbox, and the book."""
        device, _app = self.caller(request)
        standing = standing_of(device)
        book = {
            "id": str(standing.book_id),
            "epoch": standing.epoch,
            "version": standing.version,
            "rows": rows_in(standing.book_id),
        }
        return Response({"next_seq": standing.last_seq + 1, "book": book})

    @extend_schema(parameters=PARAMETERS, request=PushSerializer, responses=PushedSerializer)
    def post(self, request: Request) -> Response | HttpResponse:
        """200 whenever the envelope is fine, whatever the operations did; safe to repeat."""
        device, app = self.caller(request)
        now = clock.now()
        sent = parse_push(request.data)
        pushed = push(device, sent, device_time=app.device_time, now=now)
        body = pushed_body(pushed)
        if sent.pull is None:
            return Response(body)
        found = self._page(request, app, sent.pull)
        if isinstance(found, Response):
            return _without_page(body, found)
        told = JSONRenderer().render(body)
        return _json(b'%s,"pull":%s}' % (told[:-1], page_text(found)))

    def _page(self, request: Request, app: App, wanted: object) -> Page | Response:
        """One page as in a pull, or its refusal: what goes wrong here never spoils the push."""
        try:
            device = current_device(request)
            found = page(device, _ask(app, wanted), now=clock.now())
        except Exception as fault:  # the push is done: its answer must arrive
            refusal = self.get_exception_handler()(fault, self.get_exception_handler_context())
            return Response() if refusal is None else refusal
        if isinstance(found, NothingNew):
            raise TypeError("a page without a tag is never unchanged")
        return found


class ChangesView(SyncView):
    """GET pages through the book; 304 when nothing is new."""

    permission_classes = [IsAgent]

    def get_authenticators(self) -> list[BaseAuthentication]:
        """As everywhere, but the token brings along what a pull asks first."""
        return [DeviceTokenAuthentication(token_bringing_standing)]

    @extend_schema(
        parameters=[
            *PARAMETERS,
            OpenApiParameter("cursor", str, description="As given by the last page; none: a walk."),
            OpenApiParameter("max_bytes", int, description="16 KiB to 1 MiB; 256 KiB if absent."),
            OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER),
        ],
        responses={200: PageSerializer, 304: OpenApiResponse(description="Nothing new.")},
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """The next changes after the cursor, oldest version first."""
        device, app = self.caller(request)
        tag = request.headers.get("If-None-Match", "").strip().removeprefix("W/")
        ask = _ask(app, request.query_params.dict(), tag=tag)
        standing = standing_with(current_token(request))
        found = page(device, ask, now=clock.now(), standing=standing)
        if isinstance(found, NothingNew):
            return _unchanged(found.tag)
        return _json(page_text(found), tag=found.last.tag if found.last else "")


class ConfigView(SyncView):
    """GET tells caps, versions, rhythms and the sections of the other apps."""

    permission_classes = [IsLimitedAgent]

    @extend_schema(
        parameters=[*PARAMETERS, OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)],
        responses={200: ConfigSerializer, 304: OpenApiResponse(description="Nothing new.")},
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """The whole configuration of this phone."""
        device, _app = self.caller(request)
        config = config_for(device.agent_id, device.pk)
        note_config(device, tag=config.tag)
        if request.headers.get("If-None-Match", "").strip().removeprefix("W/") == config.tag:
            return _unchanged(config.tag)
        return Response(config.sections, headers={"ETag": config.tag})


def _ask(app: App, wanted: object, *, tag: str = "") -> Ask:
    """What a page is asked with, from the query or from a push. Raises InvalidEnvelope."""
    if not isinstance(wanted, dict):
        raise InvalidEnvelope(errors=(FieldError(pointer="/pull", code="not_an_object"),))
    cursor = wanted.get("cursor")
    if cursor is not None and not isinstance(cursor, str):
        raise InvalidEnvelope(errors=(FieldError(pointer="/pull/cursor", code="not_a_text"),))
    max_bytes = str(wanted.get("max_bytes", DEFAULT_BYTES))
    if not MAX_BYTES_SHAPE.fullmatch(max_bytes):
        raise InvalidEnvelope(errors=(FieldError(pointer="max_bytes", code="not_an_integer"),))
    return Ask(schema=app.schema, cursor=cursor or None, max_bytes=int(max_bytes), tag=tag)


def _without_page(body: dict[str, Any], refusal: Response) -> Response:
    """The answer to a push whose page was refused; its problem says when to ask for it again."""
    after = refusal.headers.get("Retry-After")
    if after is None:
        return Response(body | {"pull": {"problem": refusal.data}})
    problem = {**refusal.data, "retry_after": int(after)}
    return Response(body | {"pull": {"problem": problem}}, headers={"Retry-After": after})


def _json(text: bytes, *, tag: str = "") -> HttpResponse:
    """An answer that is JSON already."""
    headers = {"ETag": tag} if tag else None
    return HttpResponse(text, content_type="application/json", headers=headers)


def _unchanged(tag: str) -> HttpResponse:
    return HttpResponse(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
