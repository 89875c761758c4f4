"""Files of members: linked when they are stored, and given up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from enrollment.models import Consent, Member, MemberFile
from perisai.deadlines import Deadline
from perisai.models import FileRole
from perisai.models.stored_file import end_links
from perisai.services.stored_files import end_unheld, hold_file
from sync.errors import NotInBook
from sync.registry import Attachment
from sync.services import book

IDENTITY: Final = (FileRole.KTP, FileRole.KK, FileRole.FACE)
"""What was photographed to settle who somebody is; the rest is kept as its record is."""
# Ids are made as they are everywhere: rows of the other one's files keep their own.
COPY_LINKS: Final = """
    INSERT INTO enrollment_memberfile
        (id, member_id, consent_id, role, file_id, attached_at, ended_at)
    SELECT uuidv7(), %(into)s, consent_id, role, file_id, attached_at, NULL
    FROM enrollment_memberfile WHERE member_id = %(of)s AND ended_at IS NULL
    ON CONFLICT ON CONSTRAINT member_file_once_per_role DO NOTHING
"""


def attach_to_member(given: Attachment, *, consent_id: UUID | None = None) -> None:
    """Link a stored file to its member, or to the one that counts for her; joins the transaction.

    Raises NotInBook for nobody, and for somebody who was forgotten.
    """
    with book.recording() as changes:
        member = _locked(given.record_id)
        hold_file(given.file_id)
        link = MemberFile(
            member=member,
            consent_id=consent_id,
            role=given.role,
            file_id=given.file_id,
            attached_at=given.at,
        )
        MemberFile.objects.bulk_create([link], ignore_conflicts=True)
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])


def member_of_consent(consent_id: UUID) -> UUID | None:
    """Whose consent it is; None if there is none."""
    return Consent.objects.filter(pk=consent_id).values_list("member", flat=True).first()


def merge_files(losing_id: UUID, winning_id: UUID) -> None:
    """What the row that ends has, the row that counts has too; joins the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(COPY_LINKS, {"of": losing_id, "into": winning_id})


def forget_files(member_ids: Sequence[UUID], *, at: datetime) -> None:
    """End all links of these people, and with the last one each file; joins the transaction."""
    links = MemberFile.objects.filter(member__in=member_ids)
    end_unheld(end_links(links, at), at=at)


def old_photos(before: datetime) -> QuerySet[MemberFile]:
    """Photographs of who somebody is, received before."""
    return MemberFile.objects.filter(
        role__in=IDENTITY, ended_at__isnull=True, attached_at__lt=before
    )


def end_photos(keys: Sequence[UUID], now: datetime) -> int:
    """Give these photographs up, and tell the phones; how many there were."""
    with book.recording(Deadline.SWEEP) as changes:
        links = MemberFile.objects.filter(pk__in=keys)
        members = Member.objects.filter(pk__in=links.values("member")).order_by("pk")
        list(members.select_for_update(no_key=True).values_list("pk"))
        holders = list(members.filter(agent__isnull=False).values_list("pk", "agent"))
        standing = links.filter(ended_at__isnull=True).count()
        end_unheld(end_links(links, now), at=now)
        for pk, agent_id in holders:
            changes.put(agent_id, "member", [pk])
    return standing


def _locked(member_id: UUID) -> Member:
    """Along the merges to the row that counts, which is locked."""
    seen: set[UUID] = set()
    wanted: UUID | None = member_id
    while wanted is not None and wanted not in seen:
        seen.add(wanted)
        rows = Member.objects.filter(pk=wanted, erased_at__isnull=True)
        member = rows.select_for_update(no_key=True).only("agent_id", "merged_into_id").first()
        if member is None:
            break
        if member.merged_into_id is None:
            return member
        wanted = member.merged_into_id
    raise NotInBook
