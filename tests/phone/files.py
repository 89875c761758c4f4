"""Photographs on the phone: kept with the operation that announces them, until that is forgotten.

Data never wait for files: an outbox is empty, and a round done, whatever is still to be carried.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tests.phone.book import Book
from tests.phone.outbox import Outbox
from tests.phone.store import Store
from tests.phone.wire import Json, fresh_id

WAITING: Final = "waiting"  # its announcement has no answer yet, or waits for another operation
OPEN: Final = "open"  # the server takes bytes
CHECKING: Final = "checking"  # it has them all and looks at the picture
STORED: Final = "stored"
REFUSED: Final = "refused"  # photograph again
COLUMNS: Final = "id, op_id, state, sent, size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photograph as the camera made it, and the record that it is about."""

    content: bytes
    about: str  # member, consent, attempt
    about_id: str
    role: str
    type: str = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """How far a file has come; `sent` is None where only the server knows."""

    file_id: str
    op_id: str
    state: str
    sent: int | None
    size: int


class Files:
    """The bytes, and what the server says of them."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        self.store = store
        self.outbox = outbox

    def add(self, picture: Picture, *, now: datetime, **members: Any) -> str:
        """Save a photograph and its announcement together; the file's id. Never two contents."""
        file_id = fresh_id(now)
        data = {
            "about": picture.about,
            "about_id": picture.about_id,
            "role": picture.role,
            "sha256": hashlib.sha256(picture.content).hexdigest(),
            "size": len(picture.content),
            "type": picture.type,
        }
        with self.store.transaction() as db:
            op_id = self.outbox.capture(
                "attachment.declare", data, now=now, entity_id=file_id, **members
            )
            values = (file_id, op_id, picture.content, len(picture.content), WAITING)
            db.execute(
                "INSERT INTO file (id, op_id, content, size, state) VALUES (?, ?, ?, ?, ?)", values
            )
        return file_id

    def learn(self, op_id: str, said: Json) -> None:
        """What the result of an announcement says of its file; other operations have none."""
        if "upload" in said:
            stands = said["upload"]
            self._note("op_id", op_id, state=stands["state"], sent=stands["offset"])
        elif said["result"] == "rejected":
            self._note("op_id", op_id, state=REFUSED, sent=None)

    def hear(self, book: Book) -> None:
        """Final words that came with a pull: of announcements that waited, of pictures refused."""
        for upload in self.unfinished():
            said = book.row("op_result", upload.op_id)
            if said is not None and (upload.state == WAITING or said["result"] == "rejected"):
                self.learn(upload.op_id, said)

    def note(self, file_id: str, *, state: str, sent: int | None) -> None:
        """How the file stands, as the server says; `sent` None: it must be asked."""
        self._note("id", file_id, state=state, sent=sent)

    def doubt(self) -> None:
        """A restored server may lack what it had: ask once more for all that it ever took."""
        self.store.db.execute(
            "UPDATE file SET state = ?, sent = NULL WHERE state IN (?, ?)", (OPEN, CHECKING, STORED)
        )

    def unfinished(self) -> list[Upload]:
        """Whatever is neither stored nor refused, oldest first."""
        return self._read("WHERE state NOT IN (?, ?) ORDER BY id", STORED, REFUSED)

    def upload(self, file_id: str) -> Upload | None:
        """One file, unless it was forgotten."""
        found = self._read("WHERE id = ?", file_id)
        return found[0] if found else None

    def piece(self, file_id: str, *, start: int, length: int) -> bytes:
        """Bytes of a file, from a place on."""
        (content,) = self.store.db.execute(
            "SELECT substr(content, ?, ?) FROM file WHERE id = ?", (start + 1, length, file_id)
        ).fetchone()
        return bytes(content)

    def forget(self) -> None:
        """A file is kept as long as its announcement: a restored server may ask for it again."""
        self.store.db.execute(
            "DELETE FROM file WHERE NOT EXISTS (SELECT 1 FROM op WHERE op.op_id = file.op_id)"
        )

    def _note(self, column: str, key: str, *, state: str, sent: int | None) -> None:
        self.store.db.execute(
            f"UPDATE file SET state = ?, sent = ? WHERE {column} = ?",  # noqa: S608  our own names
            (state, sent, key),
        )

    def _read(self, which: str, *values: object) -> list[Upload]:
        found: Iterable[Any] = self.store.db.execute(
            f"SELECT {COLUMNS} FROM file {which}",  # noqa: S608  our own words
            values,
        )
        return [
            Upload(file_id=file_id, op_id=op_id, state=state, sent=sent, size=size)
            for file_id, op_id, state, sent, size in found
        ]
