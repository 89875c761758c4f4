"""Bodies of a push: larger than others, with the same strictness; and pieces of files."""

from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from perisai.api.parsers import StrictJSONParser, read_body
from sync.services.envelope import MAX_PUSH_BYTES
from sync.services.uploads import PIECE_BYTES


class PushParser(StrictJSONParser):
    """At most 1 MiB expanded."""

    max_bytes = MAX_PUSH_BYTES


class PieceParser(BaseParser):
    """Bytes of a file, as many as were announced: a piece that was cut short is none."""

    media_type = "application/offset+octet-stream"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """The bytes. Raises PayloadTooLarge, UnsupportedEncoding, ParseError."""
        headers = parser_context["request"].headers
        encoding = headers.get("Content-Encoding", "")
        piece = read_body(stream, encoding=encoding, max_bytes=PIECE_BYTES[1])
        announced = headers.get("Content-Length", "")
        if not encoding and announced.isdecimal() and len(piece) != int(announced):
            raise ParseError("cut short")
        return piece
