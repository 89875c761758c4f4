"""Members, forms and prospects that have been kept long enough."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from enrollment.errors import ErasureHeld
from enrollment.models import Member, Prospect, lacks_data
from enrollment.services.erasure import erase_member, locked_person
from enrollment.services.forgetting import PROSPECT, forget_prospects
from perisai.clock import official_date
from perisai.deadlines import Deadline
from perisai.keeping import kept_until
from perisai.models import ErasureReason
from perisai.privacy import HasNoByte
from sync.models import CaseState, Conflict, DropReason, Operation, ResultWord
from sync.services import book
from sync.services.erasure import wait_for_pushes
from sync.services.purges import end_bodies

FORM: Final = "member.register"
MEMBERS: Final = "members"
DRAFTS: Final = "drafts"
PROSPECTS: Final = "prospects"


def members_closed_long_ago(before: datetime) -> QuerySet[Member]:
    """Closed before; merged rows go with the row that counts."""
    return Member.objects.unmerged().filter(
        closed_on__lt=official_date(before), erased_at__isnull=True
    )


def drafts_left_lying(before: datetime) -> QuerySet[Member]:
    """Never complete (R24), never paid, never closed, and captured before."""
    return Member.objects.live().filter(
        lacks_data(), created_at__lt=before, paid_through__isnull=True, erased_at__isnull=True
    )


def end_members(keys: Sequence[UUID], now: datetime) -> int:
    """Forget these members; whose money or case is open is passed, and comes again next night."""
    return sum(_forget(key, members_closed_long_ago(kept_until(MEMBERS, now)), now) for key in keys)


def end_drafts(keys: Sequence[UUID], now: datetime) -> int:
    """Forget the people of these drafts, but for those on hold."""
    return sum(_forget(key, drafts_left_lying(kept_until(DRAFTS, now)), now) for key in keys)


def _forget(member_id: UUID, overdue: QuerySet[Member], now: datetime) -> bool:
    """Asked again under the lock: who came back, or completed her form, meanwhile stays."""
    try:
        with book.recording(Deadline.SWEEP):
            locked_person(member_id, now)
            if not overdue.filter(pk=member_id).exists():
                return False
            erase_member(
                member_id, by=None, reason=ErasureReason.RETENTION, request_id=None, now=now
            )
    except ErasureHeld:
        return False
    return True


def prospects_not_won(before: datetime) -> QuerySet[Prospect]:
    """Never registered, and last contacted before (R41)."""
    named = Prospect.objects.filter(~HasNoByte("name"), member__isnull=True)
    contacted = named.annotate(last_contact_at=Max("contacts__contacted_at"))
    return contacted.filter(last_contact_at__lt=before)


def end_prospects(keys: Sequence[UUID], now: datetime) -> int:
    """Forget these people, but for who was contacted or registered meanwhile; how many."""
    with book.recording(Deadline.SWEEP) as changes:
        wait_for_pushes(PROSPECT, keys)
        rows = Prospect.objects.filter(pk__in=keys)
        list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        overdue = prospects_not_won(kept_until(PROSPECTS, now)).filter(pk__in=keys)
        held = list(overdue.values_list("pk", "agent"))
        forget_prospects(rows.filter(pk__in=[pk for pk, _agent in held]))
        for pk, agent_id in held:
            changes.drop(agent_id, PROSPECT, [pk], reason=DropReason.ERASED)
    return len(held)


def refused_forms(before: datetime) -> QuerySet[Operation]:
    """Forms that made nobody: rejected at once, or held and then refused by a person."""
    refused = Conflict.objects.filter(
        operation=OuterRef("pk"), state=CaseState.REFUSED, decided_at__lt=before
    )
    forms = Operation.objects.filter(kind=FORM, received_at__lt=before, body__isnull=False)
    return forms.filter(Q(result=ResultWord.REJECTED) | Exists(refused))


def end_forms(keys: Sequence[UUID], now: datetime) -> int:
    """Destroy these forms; how many there were."""
    return end_bodies(keys, now)
