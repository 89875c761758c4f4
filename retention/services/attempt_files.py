"""Files of attempts: linked when they are stored, and given up with the attempt's texts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from enrollment.models import Member
from perisai.deadlines import Deadline, atomic_within
from perisai.models.stored_file import end_links
from perisai.services.erasures import destroy_explanations
from perisai.services.stored_files import end_unheld, hold_file
from retention.models import Attempt, AttemptFile
from sync.errors import NotInBook
from sync.registry import Attachment


def attach_to_attempt(given: Attachment) -> None:
    """Link a stored file to its attempt; joins the transaction. Raises NotInBook for no attempt,
    and for one about somebody who was forgotten.
    """
    member_id = member_of_attempt(given.record_id)
    if member_id is None:
        raise NotInBook
    whom = Member.objects.filter(pk=member_id, erased_at__isnull=True)
    if whom.select_for_update(no_key=True).values_list("pk").first() is None:
        raise NotInBook
    hold_file(given.file_id)
    link = AttemptFile(
        attempt_id=given.record_id, role=given.role, file_id=given.file_id, attached_at=given.at
    )
    AttemptFile.objects.bulk_create([link], ignore_conflicts=True)


def member_of_attempt(attempt_id: UUID) -> UUID | None:
    """Whom it was about; None if there is none."""
    return Attempt.objects.filter(pk=attempt_id).values_list("member", flat=True).first()


def forget_files(member_ids: Sequence[UUID], *, at: datetime) -> None:
    """End the links of all attempts on these people, with their files; joins the transaction."""
    links = AttemptFile.objects.filter(attempt__member__in=member_ids)
    destroy_explanations(links.values_list("pk", flat=True))
    end_unheld(end_links(links, at), at=at)


def old_files(before: datetime) -> QuerySet[AttemptFile]:
    """Received before."""
    return AttemptFile.objects.filter(ended_at__isnull=True, attached_at__lt=before)


@atomic_within(Deadline.SWEEP)
def end_files(keys: Sequence[UUID], now: datetime) -> int:
    """Give these files up; how many there were."""
    links = AttemptFile.objects.filter(pk__in=keys, ended_at__isnull=True)
    standing = links.count()
    end_unheld(end_links(links, now), at=now)
    return standing
