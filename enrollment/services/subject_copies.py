"""Copies of a person's data: asked for, built by a task, handed to their maker once (R36)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from enrollment.errors import CopyGone, CopyNotReady, NotAskedForACopy, TakenInByOneself
from enrollment.models import SubjectCopy, SubjectRequest
from enrollment.models.subject_copy import COPY_LASTS
from enrollment.services.subject_requests import COPIED, DECIDERS, must_be_open
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import NotFound
from perisai.models import User

Dossier = Mapping[str, Any]  # a JSON object: one member per section


@atomic_within(Deadline.PAGE)
def ask_for_copy(request_id: UUID, *, by: User, language: str, now: datetime) -> SubjectCopy:
    """Ask for a copy that only the asking person will be handed, once, within a day.

    Raises NotFound, NotAskedForACopy for a request of another kind, RequestDecided, and
    TakenInByOneself: one person alone must not read everything of somebody.
    """
    if by.role not in DECIDERS:
        raise NotFound
    request = SubjectRequest.objects.visible_to(by).filter(pk=request_id).locked().first()
    if request is None:
        raise NotFound
    if request.kind not in COPIED:
        raise NotAskedForACopy
    must_be_open(request)
    if request.taken_by_id == by.pk:
        raise TakenInByOneself
    return SubjectCopy.objects.create(request=request, made_by=by, language=language, asked_at=now)


@atomic_within(Deadline.REPORT)
def keep_content(copy_id: UUID, dossier: Dossier, *, now: datetime) -> None:
    """Keep what was gathered, encrypted; a copy that is built or gone already stays as it is."""
    copy = SubjectCopy.objects.unbuilt().filter(pk=copy_id).locked().first()
    if copy is None:
        return
    copy.content = dict(dossier)
    copy.built_at = now
    copy.save(update_fields=["content", "built_at"])


@atomic_within(Deadline.PAGE)
def hand_over(request_id: UUID, *, by: User, now: datetime) -> tuple[SubjectCopy, Dossier]:
    """The content of the newest copy that this person asked for; it is destroyed in the same step.

    Raises NotFound, CopyNotReady, CopyGone.
    """
    own = SubjectCopy.objects.visible_to(by).filter(request=request_id, made_by=by)
    copy = own.order_by("-id").locked().first()
    if copy is None:
        raise NotFound
    if copy.gone_at is not None or copy.asked_at + COPY_LASTS <= now:
        raise CopyGone
    if copy.built_at is None:
        raise CopyNotReady
    dossier: Dossier = copy.content or {}
    copy.handed_at = now
    _destroy(copy, now)
    return copy, dossier


@atomic_within(Deadline.PAGE)
def end_old_copies(now: datetime) -> int:
    """Destroy what nobody fetched within its day; returns how many."""
    old = list(SubjectCopy.objects.over(now).order_by("pk").locked())
    for copy in old:
        _destroy(copy, now)
    return len(old)


def _destroy(copy: SubjectCopy, now: datetime) -> None:
    copy.content = None
    copy.gone_at = now
    copy.save(update_fields=["content", "handed_at", "gone_at"])
