"""Files from phones: declared, and received piece by piece, whatever the line does to them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import connection

from perisai.deadlines import Deadline, within
from perisai.errors import NotFound, PayloadTooLarge
from perisai.models import FileRole
from perisai.pictures import TYPES
from perisai.privacy import new_file_key, open_file, seal_file
from perisai.services.stored_files import Sent, known_file
from sync import registry
from sync.errors import (
    AttachmentExpired,
    AttachmentMismatch,
    AttachmentTooLarge,
    AttachmentType,
    HashMismatch,
    OffsetMismatch,
    TooManyFiles,
)
from sync.models import Upload, UploadPiece, UploadState
from sync.models.upload import COUNTED, MOST_BYTES

log = structlog.get_logger(__name__)

PIECE_BYTES: Final = (16 * 1024, 512 * 1024)
"""What a piece should have at least, unless the line is bad, and has at most."""
FILES_PER_RECORD: Final = 10
OFFSET_BYTES: Final = 8
BE_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
REFUSALS: Final = {
    UploadState.REFUSED: AttachmentType,
    UploadState.EXPIRED: AttachmentExpired,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A file as its phone announces it; `record_id` is the book's record that it hangs on."""

    upload_id: UUID
    agent_id: UUID
    op_id: UUID
    about: str
    about_id: UUID
    record_id: UUID
    role: FileRole
    sha256: bytes
    size: int
    type: str


def declare_file(told: Declared, *, now: datetime) -> Upload:
    """Expect a file, or link it at once if this agent sent the same content before.

    Said again, it answers how the file stands. Joins the caller's transaction. Raises
    AttachmentType, AttachmentTooLarge, TooManyFiles, AttachmentMismatch for an id that has another
    content or owner, and NotInBook for a record that is gone.
    """
    if told.type not in TYPES:
        raise AttachmentType
    if told.size > MOST_BYTES:
        raise AttachmentTooLarge
    with connection.cursor() as cursor:
        cursor.execute(BE_ALONE, [f"upload/{told.about}/{told.about_id}"])
    known = Upload.objects.filter(pk=told.upload_id).first()
    if known is not None:
        if not _is_same(known, told):
            raise AttachmentMismatch
        return known
    others = Upload.objects.filter(about=told.about, about_id=told.about_id, state__in=COUNTED)
    if others.count() >= FILES_PER_RECORD:
        raise TooManyFiles
    return _begin(told, now=now)


def upload_of(agent_id: UUID, upload_id: UUID) -> Upload:
    """A file of this agent. Raises NotFound for an unknown id and for another agent's."""
    upload = Upload.objects.filter(agent=agent_id, pk=upload_id).defer("key").first()
    if upload is None:
        raise NotFound
    return upload


def append_piece(agent_id: UUID, upload_id: UUID, *, offset: int, piece: bytes) -> int:
    """Keep a piece, whole or not at all; the offset of the next one.

    Raises NotFound, OffsetMismatch with the right offset, PayloadTooLarge past the file's size,
    HashMismatch for bytes that are not those declared: then the file begins anew; and why no bytes
    are taken any more for a file that was refused or has expired.
    """
    with within(Deadline.PAGE):
        upload = _locked(agent_id, upload_id)
        _must_fit(upload, offset, piece)
        if not piece:
            return upload.offset
        _keep(upload, piece)
        is_wrong = upload.offset == upload.size and not _is_as_declared(upload)
        if is_wrong:
            upload.pieces.all().delete()
            upload.offset = 0
        elif upload.offset == upload.size:
            upload.state = UploadState.CHECKING
        upload.save(update_fields=["offset", "state"])
    if is_wrong:
        log.info("upload_began_anew", upload=str(upload_id))
        raise HashMismatch
    return upload.offset


def bytes_of(upload: Upload) -> bytes:
    """All that was received of a file on its way. Raises DecryptionFailed."""
    key = upload.key or ""
    pieces = upload.pieces.order_by("offset").values_list("offset", "content")
    return b"".join(
        open_file(key, place_of(upload.pk, offset), content) for offset, content in pieces
    )


def place_of(upload_id: UUID, offset: int) -> bytes:
    """What a piece is sealed for: this file, from this byte on."""
    return upload_id.bytes + offset.to_bytes(OFFSET_BYTES, "big")


def _is_same(known: Upload, told: Declared) -> bool:
    said = (told.agent_id, told.about, told.about_id, told.role, told.sha256, told.size, told.type)
    has = (known.agent_id, known.about, known.about_id, known.role, bytes(known.sha256))
    return said == (*has, known.size, known.type)


def _begin(told: Declared, *, now: datetime) -> Upload:
    upload = Upload(
        id=told.upload_id,
        agent_id=told.agent_id,
        op_id=told.op_id,
        about=told.about,
        about_id=told.about_id,
        record_id=told.record_id,
        role=told.role,
        sha256=told.sha256,
        size=told.size,
        type=told.type,
        declared_at=now,
    )
    link = registry.attachable_of(told.about)
    if link is None:
        raise AssertionError("a file is declared about what an app has registered")
    upload.file_id = known_file(Sent(agent_id=told.agent_id, sha256=told.sha256))
    if upload.file_id is None:
        upload.key = new_file_key()
    else:
        upload.state, upload.offset = UploadState.STORED, told.size
        link.attach(attachment_of(upload, upload.file_id, at=now))
    upload.save(force_insert=True)
    return upload


def attachment_of(upload: Upload, file_id: UUID, *, at: datetime) -> registry.Attachment:
    """What the record's app is given to link."""
    return registry.Attachment(
        record_id=upload.about_id,
        role=upload.role,
        file_id=file_id,
        agent_id=upload.agent_id,
        at=at,
    )


def _locked(agent_id: UUID, upload_id: UUID) -> Upload:
    mine = Upload.objects.filter(agent=agent_id, pk=upload_id)
    upload = mine.select_for_update(no_key=True).first()
    if upload is None:
        raise NotFound
    return upload


def _must_fit(upload: Upload, offset: int, piece: bytes) -> None:
    refusal = REFUSALS.get(UploadState(upload.state))
    if refusal is not None:
        raise refusal
    if offset != upload.offset:
        raise OffsetMismatch(offset=upload.offset)
    left = upload.size - upload.offset
    if len(piece) > left:
        raise PayloadTooLarge(limits={"bytes": left})


def _keep(upload: Upload, piece: bytes) -> None:
    sealed = seal_file(upload.key or "", place_of(upload.pk, upload.offset), piece)
    UploadPiece.objects.create(upload=upload, offset=upload.offset, content=sealed)
    upload.offset += len(piece)


def _is_as_declared(upload: Upload) -> bool:
    return hashlib.sha256(bytes_of(upload)).digest() == bytes(upload.sha256)
