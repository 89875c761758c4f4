"""The envelope of a push: checked in shape before anything of it is processed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import UUID

from perisai.errors import FieldError, PayloadTooLarge
from sync.errors import InvalidEnvelope
from sync.registry import Json
from sync.services.digest import canonical, digest_of

MAX_OPS = 200
MAX_OP_BYTES = 64 * 1024
MAX_PUSH_BYTES = 1024 * 1024
MAX_INTEGER = 1 << 53
MAX_UNSENT = (1 << 31) - 1
PUSH_LIMITS = {"ops": MAX_OPS, "bytes": MAX_PUSH_BYTES, "op_bytes": MAX_OP_BYTES}

UUID_SHAPE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KIND_SHAPE = re.compile(r"[!-~]+")
INSTANT_SHAPE = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOp:
    """One operation as it came: its envelope parsed, its body kept whole."""

    seq: int
    op_id: UUID
    kind: str
    v: int
    entity_id: UUID
    made_at: datetime
    body: Json
    digest: bytes
    data: Json
    base_rev: int | None
    depends_on: tuple[UUID, ...]
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A batch of contiguous operations, what the phone says of its outbox, and a page it asks for.

    `pull` is unchecked: what is wrong with it must not spoil the push.
    """

    first_seq: int
    ops: tuple[SentOp, ...]
    unsent: int | None
    oldest_at: datetime | None
    pull: object = None


def parse_push(body: object) -> Push:
    """A parsed JSON body as a whole batch. Raises InvalidEnvelope, PayloadTooLarge."""
    envelope = _object(body, "")
    ops = _list(envelope.get("ops"), "/ops")
    if len(ops) > MAX_OPS:
        raise PayloadTooLarge(limits=PUSH_LIMITS)
    first_seq = _integer(envelope.get("first_seq"), "/first_seq", least=1)
    sent = tuple(
        parse_op(op, f"/ops/{place}", seq=first_seq + place) for place, op in enumerate(ops)
    )
    outbox = _object(_given(envelope, "outbox", {}), "/outbox")
    unsent, oldest = outbox.get("count"), outbox.get("oldest_at")
    return Push(
        first_seq=first_seq,
        ops=sent,
        unsent=None if unsent is None else _unsent(unsent),
        oldest_at=None if oldest is None else parse_instant(oldest, "/outbox/oldest_at"),
        pull=envelope.get("pull"),
    )


def parse_instant(value: object, pointer: str) -> datetime:
    """RFC 3339 with an offset, as UTC. Raises InvalidEnvelope."""
    if not isinstance(value, str) or not INSTANT_SHAPE.fullmatch(value):
        _refuse(pointer, "not_an_instant")
    try:
        instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        _refuse(pointer, "not_an_instant")
    if not EARLIEST <= instant <= LATEST:
        _refuse(pointer, "not_an_instant")
    return instant


def parse_id(value: object, pointer: str) -> UUID:
    """A lower-case UUID. Raises InvalidEnvelope."""
    if not isinstance(value, str) or not UUID_SHAPE.fullmatch(value):
        _refuse(pointer, "not_an_id")
    return UUID(value)


def parse_op(value: object, pointer: str, *, seq: int) -> SentOp:
    """One operation at its place. Raises InvalidEnvelope, PayloadTooLarge."""
    body = _object(value, pointer)
    _must_be_plain(body, pointer)
    if _integer(body.get("seq"), f"{pointer}/seq", least=1) != seq:
        _refuse(f"{pointer}/seq", "not_contiguous")
    kind = body.get("kind")
    if not isinstance(kind, str) or not KIND_SHAPE.fullmatch(kind):
        _refuse(f"{pointer}/kind", "not_a_kind")
    base_rev, replaces = body.get("base_rev"), body.get("replaces")
    return SentOp(
        seq=seq,
        op_id=parse_id(body.get("op_id"), f"{pointer}/op_id"),
        kind=kind,
        v=_integer(body.get("v"), f"{pointer}/v", least=1),
        entity_id=parse_id(body.get("entity_id"), f"{pointer}/entity_id"),
        made_at=parse_instant(body.get("at"), f"{pointer}/at"),
        body=body,
        digest=_digest(body, pointer),
        data=_object(_given(body, "data", {}), f"{pointer}/data"),
        base_rev=None if base_rev is None else _integer(base_rev, f"{pointer}/base_rev", least=0),
        depends_on=_ids(_given(body, "depends_on", []), f"{pointer}/depends_on"),
        replaces=None if replaces is None else parse_id(replaces, f"{pointer}/replaces"),
    )


def _digest(body: Json, pointer: str) -> bytes:
    try:
        text = canonical(body)
    except UnicodeEncodeError:
        _refuse(pointer, "not_unicode")
    if len(text) > MAX_OP_BYTES:
        raise PayloadTooLarge(limits=PUSH_LIMITS)
    return digest_of(text)


def _must_be_plain(value: object, pointer: str) -> None:
    """No floats, no integers that a phone cannot hold: each side writes them alike."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _must_be_plain(inner, f"{pointer}/{key}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _must_be_plain(inner, f"{pointer}/{place}")
    elif isinstance(value, float):
        _refuse(pointer, "float")
    elif isinstance(value, int) and abs(value) > MAX_INTEGER:
        _refuse(pointer, "too_large")


def _ids(value: object, pointer: str) -> tuple[UUID, ...]:
    found = (parse_id(item, pointer) for item in _list(value, pointer))
    return tuple(dict.fromkeys(found))


def _given(body: Json, name: str, default: object) -> object:
    """An optional member; null is the same as absent."""
    value = body.get(name)
    return default if value is None else value


def _unsent(value: object) -> int:
    return min(_integer(value, "/outbox/count", least=0), MAX_UNSENT)


def _object(value: object, pointer: str) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _refuse(pointer, "not_an_object")


def _list(value: object, pointer: str) -> list[Any]:
    return value if isinstance(value, list) else _refuse(pointer, "not_a_list")


def _integer(value: object, pointer: str, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(pointer, "not_an_integer")
    return value if least <= value <= MAX_INTEGER else _refuse(pointer, "out_of_range")


def _refuse(pointer: str, code: str) -> NoReturn:
    raise InvalidEnvelope(errors=(FieldError(pointer=pointer, code=code),))
