"""JSON as the contract wants it: no duplicate keys, no NaN, bounded depth and size."""

import json
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8


class StrictJSONParser(BaseParser):
    """Parses a body of at most 64 KiB; everything odd is a ParseError (security 7)."""

    media_type = "application/json"
    max_bytes = MAX_BYTES

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """The body as Python values."""
        raw = stream.read(self.max_bytes + 1)
        if len(raw) > self.max_bytes:
            raise ParseError("too large")
        return strict_json(raw)


def strict_json(raw: bytes) -> Any:
    """JSON text as Python values. Raises ParseError on anything that the contract refuses."""
    try:
        value = json.loads(raw, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as fault:
        raise ParseError("not JSON") from fault
    if depth_of(value) > MAX_DEPTH:
        raise ParseError("too deep")
    return value


def depth_of(value: Any, level: int = 0) -> int:
    """How deep objects and lists are nested; stops counting just past the limit."""
    if level > MAX_DEPTH or not isinstance(value, dict | list):
        return level
    inner = value.values() if isinstance(value, dict) else value
    return max((depth_of(item, level + 1) for item in inner), default=level + 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
