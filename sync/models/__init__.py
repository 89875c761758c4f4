"""The phone's contract: books, outboxes, operations, cases. No member is known here."""

from sync.models.book import Book, BookEntry, DropReason, Epoch
from sync.models.operation import (
    Acknowledgement,
    CaseState,
    Conflict,
    Operation,
    OperationNeed,
    Outbox,
    ResultWord,
)
from sync.models.upload import Upload, UploadPiece, UploadState

__all__ = [
    "Acknowledgement",
    "Book",
    "BookEntry",
    "CaseState",
    "Conflict",
    "DropReason",
    "Epoch",
    "Operation",
    "OperationNeed",
    "Outbox",
    "ResultWord",
    "Upload",
    "UploadPiece",
    "UploadState",
]
