"""The headers of every sync call."""

import re
from dataclasses import dataclass
from datetime import datetime

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from perisai.errors import FieldError
from sync.errors import InvalidEnvelope
from sync.services.envelope import parse_instant

MAX_VERSION = 20  # characters of an app version
SCHEMA_SHAPE = re.compile(r"[0-9]{1,4}")


PARAMETERS = [
    OpenApiParameter(
        "X-App-Version", str, OpenApiParameter.HEADER, required=True, description="1.4.0"
    ),
    OpenApiParameter(
        "X-Schema",
        int,
        OpenApiParameter.HEADER,
        required=True,
        description="Newest row schema that the app reads.",
    ),
    OpenApiParameter(
        "X-Device-Time",
        datetime,
        OpenApiParameter.HEADER,
        description="The device's clock now; clock offset is receipt minus this.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What the calling app says of itself."""

    version: str
    schema: int
    device_time: datetime | None


def calling_app(request: Request) -> App:
    """The app's version, row schema and clock. Raises InvalidEnvelope."""
    version = request.headers.get("X-App-Version", "").strip()
    schema = request.headers.get("X-Schema", "").strip()
    if not 0 < len(version) <= MAX_VERSION or not version.isprintable():
        raise _missing("X-App-Version")
    if not SCHEMA_SHAPE.fullmatch(schema):
        raise _missing("X-Schema")
    device_time = request.headers.get("X-Device-Time")
    return App(
        version=version,
        schema=int(schema),
        device_time=parse_instant(device_time, "X-Device-Time") if device_time else None,
    )


def _missing(header: str) -> InvalidEnvelope:
    return InvalidEnvelope(errors=(FieldError(pointer=header, code="required"),))
