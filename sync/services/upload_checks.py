"""What a worker does with files that are whole: look at the picture, keep it, tell its record."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.db.models import F, Q

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import DomainError, Unavailable
from perisai.pictures import NotAPicture, Picture
from perisai.privacy import DecryptionFailed
from perisai.services.picture_process import PictureProcessDied, clean_apart, is_cleaning
from perisai.services.stored_files import Sent, keep_picture
from sync import registry
from sync.errors import AttachmentExpired, AttachmentType, NotInBook
from sync.models import Operation, Upload, UploadPiece, UploadState
from sync.services import book
from sync.services.final_words import tell_author
from sync.services.place import EFFECTIVE
from sync.services.results import rejected
from sync.services.stored import store_outcome
from sync.services.uploads import attachment_of, bytes_of

log = structlog.get_logger(__name__)

TAKEN_FOR: Final = timedelta(minutes=5)
"""After this long without a word, another worker takes the file."""
MOST_TRIES: Final = 3
EXPIRES_AFTER: Final = timedelta(days=30)
AT_ONCE: Final = 500
DECLARATION: Final = "attachment.declare"


class NoLongerChecked(Exception):
    """Another worker was faster, or its person was forgotten: what was written is taken back."""


def check_next(*, now: datetime) -> bool:
    """Look at one whole file, if one waits; whether one did. Safe beside itself.

    A picture that ended its process three times, when others did not, is refused as one that is
    none. A fault of ours leaves the file where it is: nobody photographs anew for it.
    """
    upload = _claim(now)
    if upload is None:
        return False
    if upload.tries >= MOST_TRIES:
        _end(upload.pk, UploadState.REFUSED, AttachmentType())
        return True
    try:
        picture = clean_apart(bytes_of(upload))
    except NotAPicture:
        _end(upload.pk, UploadState.REFUSED, AttachmentType())
    except DecryptionFailed:
        log.exception("upload_does_not_open", upload=str(upload.pk))
    except PictureProcessDied:
        _count_death(upload)
    else:
        _store(upload, picture, now=now)
    return True


def expire_uploads(*, now: datetime) -> int:
    """End what was never sent within thirty days of its declaration; how many, at most 500.

    One that cannot be ended keeps no other: it is told, and the next night tries it again.
    """
    old = Upload.objects.filter(state=UploadState.OPEN, declared_at__lt=now - EXPIRES_AFTER)
    found = list(old.order_by("declared_at").values_list("pk", flat=True)[:AT_ONCE])
    faults: Counter[str] = Counter()
    ended = sum(_expire(pk, faults) for pk in found)
    if faults:
        log.error("uploads_not_expired", left=faults.total(), faults=dict(faults))
    return ended


def _expire(upload_id: UUID, faults: Counter[str]) -> bool:
    """Whether it ended; if not by a fault, that is counted."""
    try:
        return _end(upload_id, UploadState.EXPIRED, AttachmentExpired())
    except SoftTimeLimitExceeded:  # no fault of this file: the task ends
        raise
    except Exception as fault:  # the files behind it are other people's
        faults[type(fault).__name__] += 1
        return False


@atomic_within(Deadline.PAGE)
def _claim(now: datetime) -> Upload | None:
    quiet = Q(taken_at=None) | Q(taken_at__lte=now - TAKEN_FOR)
    waiting = Upload.objects.filter(quiet, state=UploadState.CHECKING).order_by("pk")
    upload = waiting.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if upload is not None:
        upload.taken_at = now
        upload.save(update_fields=["taken_at"])
    return upload


def _count_death(upload: Upload) -> None:
    """Against the picture only if the process does its work on another one."""
    if not is_cleaning():
        log.error("pictures_are_not_cleaned", upload=str(upload.pk))
        return
    mine = Upload.objects.filter(pk=upload.pk, state=UploadState.CHECKING)
    mine.update(tries=F("tries") + 1)
    log.warning("picture_process_died", upload=str(upload.pk), tries=upload.tries + 1)


def _store(upload: Upload, picture: Picture, *, now: datetime) -> None:
    """Record, file, upload: in this order, as a declaration and an erasure lock them."""
    link = registry.attachable_of(upload.about)
    if link is None:
        raise AssertionError("a file was declared about what an app has registered")
    sent = Sent(agent_id=upload.agent_id, sha256=bytes(upload.sha256))
    try:
        with book.recording():
            file_id = keep_picture(sent, picture, now=now)
            link.attach(attachment_of(upload, file_id, at=now))
            _leave(upload.pk, UploadState.CHECKING, state=UploadState.STORED, file=file_id)
    except NotInBook:
        _end(upload.pk, UploadState.REFUSED, NotInBook())
    except (NoLongerChecked, Unavailable):  # the next look finds it, if it still waits
        return
    log.info("file_stored", upload=str(upload.pk), size=len(picture.content))


def _end(upload_id: UUID, state: UploadState, refusal: DomainError) -> bool:
    """No file comes of it: each declaration gets its last word, its author the news."""
    before = UploadState.OPEN if state == UploadState.EXPIRED else UploadState.CHECKING
    try:
        with book.recording() as changes:
            rows = _declarations(upload_id)
            _leave(upload_id, before, state=state)
            for row in rows:
                tell_author(changes, row)
                store_outcome(row, rejected(refusal))
    except NoLongerChecked:
        return False
    log.info("file_refused", upload=str(upload_id), reason=refusal.code)
    return True


def _declarations(upload_id: UUID) -> list[Operation]:
    """The operations that declared it, locked before everything else, as everywhere."""
    agent = Upload.objects.filter(pk=upload_id).values("agent")
    rows = Operation.objects.filter(
        agent__in=agent, entity_id=upload_id, kind=DECLARATION, result__in=EFFECTIVE, same_as=None
    )
    return list(rows.order_by("pk").select_for_update(no_key=True))


def _leave(upload_id: UUID, before: UploadState, **values: object) -> None:
    """Out of the way with key and pieces. Raises NoLongerChecked if it is no longer there."""
    rows = Upload.objects.filter(pk=upload_id, state=before)
    if not rows.update(key=None, **values):
        raise NoLongerChecked
    UploadPiece.objects.filter(upload=upload_id).delete()
