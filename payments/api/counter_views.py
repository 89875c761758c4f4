"""What every call of a counter shares: its body, its rate, and the switch that closes them all."""

from typing import IO, Any, Final

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.views import APIView

from payments.api.authentication import CounterAuthentication
from payments.errors import Closed
from perisai.api.parsers import StrictJSONParser

MOST_VALUES: Final = 2_000
CLOSED_SECONDS: Final = 60


class CounterJSONParser(StrictJSONParser):
    """One JSON object of at most two thousand values; everything else is a ParseError."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        """The object. Raises PayloadTooLarge, UnsupportedEncoding."""
        body = super().parse(stream, media_type, parser_context)
        if not isinstance(body, dict) or values_in(body) > MOST_VALUES:
            raise ParseError("no object, or too many values")
        return body


class CounterView(APIView):
    """A call of a counter. Subclasses say who may."""

    authentication_classes = [CounterAuthentication]
    throttle_scope = "terminal"
    parser_classes = [CounterJSONParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The checks before every call. Raises Closed, and ParseError for a body of nothing."""
        if settings.COUNTERS_CLOSED:
            raise Closed(retry_after=CLOSED_SECONDS)
        super().initial(request, *args, **kwargs)
        takes_a_body = request.method in {*self.allowed_methods} - {*SAFE_METHODS}
        if takes_a_body and request.stream is None:
            raise ParseError("no body")


def values_in(value: Any) -> int:
    """How many values a body holds, itself and all inner ones."""
    if not isinstance(value, dict | list):
        return 1
    inner = value.values() if isinstance(value, dict) else value
    return 1 + sum(values_in(item) for item in inner)
