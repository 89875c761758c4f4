"""Operations that the phone's contract itself knows: notes, files, and places that were lost."""

import re
from typing import Any, Final

from perisai import clock
from perisai.errors import FieldError, Invalid
from perisai.models import FileRole
from perisai.services.lost_devices import acknowledge_wipe
from sync.op_data import OpData
from sync.registry import Json, Op, Result, attachable_of, operation
from sync.services.uploads import Declared, declare_file

NOTE_CODES = frozenset({"low_storage", "crash", "clock_changed", "restored", "wiped", "other"})
VOID_REASONS = frozenset({"storage_lost", "unreadable"})
MAX_NOTE = 500
SHA256_SHAPE: Final = re.compile(r"[0-9a-f]{64}")
SHA256_LENGTH: Final = 64
LONGEST_WORD: Final = 40


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


@operation("attachment.declare", v=1, on="", key="about_id", late="add", on_by="about")
def declare(op: Op) -> Result:
    """A file that the phone will send, about a record that it sees or has made."""
    upload = declare_file(_declared(op), now=clock.now())  # it may have waited for weeks
    stands = {"state": upload.state, "offset": upload.offset}
    return Result(
        word="applied", entity="attachment", entity_id=upload.pk, extra={"upload": stands}
    )


@operation("void", v=1, on="", late="add")
def fill_place(op: Op) -> Result:
    """Fills a place whose operation the phone has lost, so that those behind it can go on."""
    _one_of(op.data, "reason", VOID_REASONS)
    return Result(word="applied")


def _declared(op: Op) -> Declared:
    """The file as it was told. Raises Invalid with all faults at once."""
    data = OpData(members=op.data)
    for name in ("about", "about_id", "role", "sha256", "size", "type"):
        data.has(name)
    about = data.text("about", longest=LONGEST_WORD)
    link = attachable_of(about)
    if about and link is None:
        data.refuse("about", "unknown_choice")
    sha256 = data.text("sha256", longest=SHA256_LENGTH)
    if sha256 and not SHA256_SHAPE.fullmatch(sha256):
        data.refuse("sha256", "digest_required")
    about_id, role = data.uuid("about_id"), data.choice("role", FileRole)
    size = data.integer("size", least=1)
    kind = data.text("type", longest=LONGEST_WORD)
    data.finish()
    if about_id is None or role is None or size is None or link is None:
        raise AssertionError("data without a fault name a record and its file")
    return Declared(
        upload_id=op.entity_id,
        agent_id=op.agent_id,
        op_id=op.op_id,
        about=about,
        about_id=about_id,
        record_id=link.names(about_id) or about_id,
        role=role,
        sha256=bytes.fromhex(sha256),
        size=size,
        type=kind,
    )


def _one_of(data: Json, name: str, known: frozenset[str]) -> None:
    value = data.get(name)
    if not isinstance(value, str) or value not in known:
        code = "required" if value is None else "unknown"
        raise Invalid(errors=(FieldError(pointer=f"/data/{name}", code=code),))
