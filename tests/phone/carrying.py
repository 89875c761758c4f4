"""Carrying files to the server: piece by piece, and on from where the server stands after any cut.

A piece counts whole or not at all, so the phone never guesses what has arrived: it asks.
"""

from collections.abc import Mapping
from typing import Final

from tests.phone.advice import Do, Refused
from tests.phone.book import Book
from tests.phone.exchange import Exchange
from tests.phone.files import CHECKING, OPEN, REFUSED, WAITING, Files, Upload
from tests.phone.transport import NoAnswer

ATTACHMENTS: Final = "/api/v1/attachments"
OCTETS: Final = "application/offset+octet-stream"
PIECES: Final[Mapping[str, int]] = {"piece_bytes_min": 16 * 1024, "piece_bytes_max": 512 * 1024}
FIRST_PIECE: Final = 64 * 1024
OVER: Final = frozenset({"attachment_type", "attachment_expired"})
UNKNOWN: Final = 404


class Carrying:
    """The files' side of the loop; what is in its way never stops the data."""

    def __init__(self, exchange: Exchange, files: Files, book: Book) -> None:
        self.exchange = exchange
        self.files = files
        self.book = book
        self.failures = 0
        self._piece = FIRST_PIECE

    @property
    def piece_bytes(self) -> int:
        """What a piece may have: twice as much after one that arrived, half after a lost one."""
        return min(self._piece, self._limit("piece_bytes_max"))

    def step(self, asked: set[str]) -> bool:
        """The next call for a file; False when none is left, or line or server are in the way.

        `asked` are the files of which this round needs to hear no more.
        """
        self.files.hear(self.book)
        for upload in self.files.unfinished():
            if upload.state != WAITING and upload.file_id not in asked:
                return self._called(upload, asked)
        return False

    def _called(self, upload: Upload, asked: set[str]) -> bool:
        try:
            if upload.state == OPEN and upload.sent is not None and upload.sent < upload.size:
                self._send(upload, upload.sent, asked)
            else:
                self._ask(upload, asked)
        except NoAnswer:
            self.failures += 1
            self.files.note(upload.file_id, state=upload.state, sent=None)
            self._piece = max(self.piece_bytes // 2, self._limit("piece_bytes_min"))
            return False
        except Refused as refused:
            return self._goes_on(upload, refused, asked)
        self.failures = 0
        return True

    def _send(self, upload: Upload, start: int, asked: set[str]) -> None:
        piece = self.files.piece(upload.file_id, start=start, length=self.piece_bytes)
        headers = {"Content-Type": OCTETS, "Upload-Offset": str(start)}
        answer = self.exchange.call("PATCH", _path(upload), piece, headers=headers)
        sent = int(answer.headers["upload-offset"])
        is_whole = sent == upload.size
        self.files.note(upload.file_id, state=CHECKING if is_whole else OPEN, sent=sent)
        if is_whole:
            asked.add(upload.file_id)  # the server needs a while to look at it
        else:
            self._piece = min(self.piece_bytes * 2, self._limit("piece_bytes_max"))

    def _ask(self, upload: Upload, asked: set[str]) -> None:
        headers = self.exchange.call("HEAD", _path(upload)).headers
        state = headers["upload-state"]
        known = REFUSED if state == "expired" else state
        self.files.note(upload.file_id, state=known, sent=int(headers["upload-offset"]))
        if state != OPEN:
            asked.add(upload.file_id)

    def _goes_on(self, upload: Upload, refused: Refused, asked: set[str]) -> bool:
        """Whether this round can go on with files, after a refusal of a call for this one."""
        code = refused.code
        if code == "offset_mismatch":
            self.files.note(upload.file_id, state=OPEN, sent=int(refused.problem["offset"]))
            return True
        if code in OVER:
            self.files.note(upload.file_id, state=REFUSED, sent=None)
            return True
        asked.add(upload.file_id)
        if code == "hash_mismatch":  # what arrived is not what was announced: from its first byte
            self.files.note(upload.file_id, state=OPEN, sent=0)
        elif refused.advice is Do.HALVE:
            self._piece = max(self.piece_bytes // 2, self._limit("piece_bytes_min"))
        elif refused.status != UNKNOWN:  # unknown: a restored server hears of it again
            self.failures += 1
            return False
        return True

    def _limit(self, name: str) -> int:
        config = self.exchange.store.fact("config") or {}
        return int(config.get("limits", {}).get(name, PIECES[name]))


def _path(upload: Upload) -> str:
    return f"{ATTACHMENTS}/{upload.file_id}"
