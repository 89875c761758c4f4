"""JSON as the contract wants it: no duplicate keys, no NaN, bounded depth, plain or gzip."""

import json
import zlib
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from perisai.errors import PayloadTooLarge, UnsupportedEncoding

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
PIECE_BYTES = 16 * 1024
GZIP = 16 + zlib.MAX_WBITS


class StrictJSONParser(BaseParser):
    """Parses a body of at most 64 KiB expanded; everything odd is a ParseError."""

    media_type = "application/json"
    max_bytes = MAX_BYTES

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """The body as Python values. Raises PayloadTooLarge, UnsupportedEncoding."""
        request = (parser_context or {}).get("request")
        encoding = request.headers.get("Content-Encoding", "") if request is not None else ""
        return strict_json(read_body(stream, encoding=encoding, max_bytes=self.max_bytes))


def read_body(stream: IO[bytes], *, encoding: str, max_bytes: int) -> bytes:
    """A whole body, inflated; reading stops at the cap, however much would follow.

    Raises PayloadTooLarge past the cap, UnsupportedEncoding for all but gzip and plain, and
    ParseError for gzip that is cut short or is none.
    """
    match encoding.strip().lower():
        case "" | "identity":
            pieces = _pieces(stream, max_bytes)
        case "gzip":
            pieces = _inflated(_pieces(stream, max_bytes), max_bytes)
        case _:
            raise UnsupportedEncoding
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(body)


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


def _pieces(stream: IO[bytes], max_bytes: int) -> Iterator[bytes]:
    """A stream in small pieces, as far as its own length may be."""
    length = 0
    while piece := stream.read(PIECE_BYTES):
        length += len(piece)
        if length > max_bytes:
            raise _too_large(max_bytes)
        yield piece


def _inflated(pieces: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """Inflate piece by piece, never more at once than the cap allows."""
    gzip = zlib.decompressobj(GZIP)
    try:
        for piece in pieces:
            yield gzip.decompress(piece, max_bytes + 1)
            if gzip.unconsumed_tail:
                raise _too_large(max_bytes)
    except zlib.error as fault:
        raise ParseError("not gzip") from fault
    if not gzip.eof or gzip.unused_data:
        raise ParseError("gzip cut short or followed by more")


def _too_large(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(limits={"bytes": max_bytes})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
