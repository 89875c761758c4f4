"""Bytes and digests on which phone and server must agree to the last bit."""

import hashlib
import json
import secrets
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

Json = Mapping[str, Any]
GREATEST: Final = 1 << 53  # a JavaScript phone holds no larger integer
LEAF_BYTES: Final = 8


class NotPlain(ValueError):
    """An operation may hold no float, no large integer and no other type than JSON's own."""


def fresh_id(now: datetime) -> str:
    """A UUIDv7 of the phone's present moment, for a record or an operation; never made twice."""
    value = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (7 << 76)
    return str(uuid.UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62)))


def instant(moment: datetime) -> str:
    """RFC 3339 with milliseconds; the offset is the phone's own."""
    return moment.isoformat(timespec="milliseconds")


def moment(text: str) -> datetime:
    """The instant that an answer names, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def canonical(op: Json) -> bytes:
    """An operation as it is hashed: no `seq`, keys sorted, no spaces, UTF-8, nothing escaped."""
    kept = {name: value for name, value in op.items() if name != "seq"}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def body_digest(op: Json) -> str:
    """SHA-256 of the canonical form: two sendings with one digest are one operation."""
    return hashlib.sha256(canonical(op)).hexdigest()


def must_be_plain(value: object) -> None:
    """Raises NotPlain for what two languages would write differently."""
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int) and abs(value) <= GREATEST:
        return
    if isinstance(value, list):
        for item in value:
            must_be_plain(item)
    elif isinstance(value, dict) and all(isinstance(name, str) for name in value):
        for item in value.values():
            must_be_plain(item)
    else:
        raise NotPlain(type(value).__name__)


def depth(value: object) -> int:
    """How deep objects and lists are nested."""
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max((depth(item) for item in inner), default=0)


def leaf(entity: str, row_id: str, ver: int) -> int:
    """One row's share in the digest of a book."""
    text = f"{entity}:{row_id}:{ver}".encode("ascii")
    return int.from_bytes(hashlib.sha256(text).digest()[:LEAF_BYTES], "big")


def book_digest(rows: Iterable[tuple[str, str, int]]) -> str:
    """The XOR of the leaves of all rows, as (entity, id, ver), in 16 lower-case hex digits."""
    whole = 0
    for entity, row_id, ver in rows:
        whole ^= leaf(entity, row_id, ver)
    return f"{whole:016x}"
