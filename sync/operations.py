"""Operations that the phone's contract itself knows: notes, and places that were lost."""

from typing import Any

from perisai.errors import FieldError, Invalid
from perisai.services.lost_devices import acknowledge_wipe
from sync.registry import Json, Op, Result, operation

NOTE_CODES = frozenset({"low_storage", "crash", "clock_changed", "restored", "wiped", "other"})
VOID_REASONS = frozenset({"storage_lost", "unreadable"})
MAX_NOTE = 500


@operation("device.note", v=1, on="", late="add")
def note(op: Op) -> Result:
    """A report of the app for support; stored as it came, in the inbox itself.

    That a lost phone wiped itself is its acknowledgement: it is retired.
    """
    _one_of(op.data, "code", NOTE_CODES)
    text: Any = op.data.get("text", "")
    if not isinstance(text, str) or len(text) > MAX_NOTE:
        raise Invalid(errors=(FieldError(pointer="/data/text", code="too_long"),))
    if op.data["code"] == "wiped":
        acknowledge_wipe(op.device_id, op.received_at)
    return Result(word="applied")


@operation("void", v=1, on="", late="add")
def fill_place(op: Op) -> Result:
    """Fills a place whose operation the phone has lost, so that those behind it can go on."""
    _one_of(op.data, "reason", VOID_REASONS)
    return Result(word="applied")


def _one_of(data: Json, name: str, known: frozenset[str]) -> None:
    value = data.get(name)
    if not isinstance(value, str) or value not in known:
        code = "required" if value is None else "unknown"
        raise Invalid(errors=(FieldError(pointer=f"/data/{name}", code=code),))
