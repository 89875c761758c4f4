"""The opaque, signed place in a book that a phone holds."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from django.core.signing import BadSignature, Signer

from perisai.errors import CursorInvalid

WHOLE = (1 << 63) - 1  # place after every entry of a version
SALT = "perisai.sync.cursor"  # derives a key of its own from SECRET_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What was delivered so far: all entries up to (`version`, `place`).

    `began_at` is the book's version when a walk began; None in a delta.
    """

    book_id: UUID
    epoch: str
    version: int
    schema: int
    place: int = WHOLE
    began_at: int | None = None

    @property
    def acknowledges(self) -> int:
        """The version up to which the phone has given up every dropped row; 0 in a walk."""
        if self.began_at is not None:
            return 0
        return self.version if self.place == WHOLE else self.version - 1


def signed(cursor: Cursor) -> str:
    """The cursor as the phone keeps it."""
    content = {
        "b": str(cursor.book_id),
        "e": cursor.epoch,
        "v": cursor.version,
        "p": cursor.place,
        "s": cursor.schema,
        "w": cursor.began_at,
    }
    text = json.dumps(content, separators=(",", ":")).encode()
    return _signer().sign(urlsafe_b64encode(text).decode().rstrip("="))


def opened(text: str) -> Cursor:
    """The cursor that this server signed. Raises CursorInvalid, without a hint why."""
    try:
        body = _signer().unsign(text)
        content = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Cursor(
            book_id=UUID(content["b"]),
            epoch=content["e"],
            version=content["v"],
            place=content["p"],
            schema=content["s"],
            began_at=content["w"],
        )
    except (BadSignature, binascii.Error, ValueError, KeyError, TypeError) as fault:
        raise CursorInvalid from fault


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")
