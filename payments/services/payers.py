"""Who pays for a member, and the payers that a branch looks after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from enrollment.cover import paid_through_when
from enrollment.merging import Merge
from enrollment.models import Member
from payments.models import MemberPayer, Payer
from payments.tariff import PayerKind
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import DaysOutOfOrder, NotFound, refusing
from perisai.models import Office, Role, User
from perisai.services.agents import must_be_own_office
from sync.services import book

log = structlog.get_logger(__name__)

DECIDERS = frozenset({Role.SUPERVISOR, Role.NATIONAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerTerms:
    """What stands on the paper; `contract_to` is the last day, None where none was agreed."""

    name: str
    contract_from: date
    contract_to: date | None = None


@atomic_within(Deadline.PAGE)
def add_payer(office: Office, kind: PayerKind, terms: PayerTerms, *, by: User) -> Payer:
    """Write a payer of an office down. Raises DaysOutOfOrder, and NotFound outside the branch."""
    _must_decide(office, by)
    with refusing(payer_contract_in_order=DaysOutOfOrder):
        payer = Payer.objects.create(
            kind=kind,
            office=office,
            name=terms.name.strip(),
            contract_from=terms.contract_from,
            contract_to=terms.contract_to,
        )
    log.info("payer_added", payer=payer.pk, by=by.pk)
    return payer


def change_payer(payer_id: int, terms: PayerTerms, *, by: User) -> Payer:
    """Another name or other days; kind and office stay, since bills were priced by them.

    The members' phones show until when somebody else pays, so their agents' books are raised.
    Raises DaysOutOfOrder, and NotFound outside the branch.
    """
    with book.recording(Deadline.REPORT) as changes:
        found = Payer.objects.visible_to(by).filter(pk=payer_id).select_related("office")
        payer = found.select_for_update(no_key=True, of=("self",)).first()
        if payer is None:
            raise NotFound
        _must_decide(payer.office, by)
        payer.name = terms.name.strip()
        payer.contract_from, payer.contract_to = terms.contract_from, terms.contract_to
        with refusing(payer_contract_in_order=DaysOutOfOrder):
            payer.save(update_fields=["name", "contract_from", "contract_to"])
        _tell(Member.objects.filter(pk__in=payer.members.values("member")), changes)
    log.info("payer_changed", payer=payer.pk, by=by.pk)
    return payer


def name_members(payer: Payer, member_ids: Sequence[UUID], *, by: User) -> int:
    """From now on the payer pays for these members; how many.

    Members outside the branch, or of another office than the payer's, are left as they are.
    Raises NotFound outside the branch.
    """
    with book.recording(Deadline.REPORT) as changes:
        _must_decide(payer.office, by)
        seen = Member.objects.visible_to(by).unmerged().filter(pk__in=member_ids)
        members = list(seen.filter(agent__office=payer.office_id).only("pk", "agent_id"))
        MemberPayer.objects.bulk_create(
            [MemberPayer(member=member, payer=payer) for member in members],
            update_conflicts=True,
            unique_fields=["member"],
            update_fields=["payer"],
        )
        _tell(members, changes)
    log.info("payer_named", payer=payer.pk, members=len(members), by=by.pk)
    return len(members)


def release_member(member_id: UUID, *, by: User) -> None:
    """The member pays alone again; nothing happens to who always did. Raises NotFound."""
    with book.recording() as changes:
        if by.role not in DECIDERS:
            raise NotFound
        member = Member.objects.visible_to(by).only("pk", "agent_id").filter(pk=member_id).first()
        if member is None:
            raise NotFound
        end_payer(member_id)
        _tell([member], changes)
    log.info("payer_ended", member=str(member_id), by=by.pk)


def members_of(payer: Payer, *, by: User, on: date) -> list[UUID]:
    """Whom the payer pays for among those whom the user may see, without who is closed by then."""
    paid_for = (
        Member.objects.visible_to(by).unmerged().filter(pk__in=payer.members.values("member"))
    )
    return list(paid_for.exclude(closed_on__lte=on).order_by("pk").values_list("pk", flat=True))


def lapsed_members_of(payer: Payer, *, by: User, on: date) -> list[UUID]:
    """Those of them whose cover has lapsed by then: whom a bridge is for (R18)."""
    latest = paid_through_when(unpaid=settings.COVER_LAPSE_AFTER_ENDED_MONTHS, as_of=on)
    lapsed = Member.objects.filter(pk__in=members_of(payer, by=by, on=on), paid_through__lte=latest)
    return list(lapsed.order_by("pk").values_list("pk", flat=True))


def end_payer(member_id: UUID) -> None:
    """Note that the member pays again; nothing happens to one who always did.

    Joins the caller's transaction.
    """
    MemberPayer.objects.filter(member=member_id).delete()


def name_payer(member_id: UUID, *, payer_id: Any, kind: Any, agent_id: UUID) -> bool:
    """Note that a payer of the agent's office pays for the member; whether there is such a one.

    `payer_id` and `kind` come unchecked from a form. Joins the caller's transaction.
    """
    if type(payer_id) is not int:
        return False
    payer = Payer.objects.of_agent(agent_id).filter(pk=payer_id, kind=str(kind)).first()
    if payer is None:
        return False
    MemberPayer.objects.bulk_create(
        [MemberPayer(member_id=member_id, payer=payer)],
        update_conflicts=True,
        unique_fields=["member"],
        update_fields=["payer"],
    )
    return True


def merge_payer(merge: Merge) -> None:
    """Who pays for the losing row pays for the other one, if nobody does; joins the merge."""
    if MemberPayer.objects.filter(member=merge.winning_id).exists():
        return
    if not MemberPayer.objects.filter(member=merge.losing_id).update(member=merge.winning_id):
        return
    with book.recording() as changes:
        _tell(Member.objects.only("pk", "agent_id").filter(pk=merge.winning_id), changes)


def _must_decide(office: Office, by: User) -> None:
    """Raises NotFound."""
    if by.role not in DECIDERS:
        raise NotFound
    must_be_own_office(office, by)


def _tell(members: Iterable[Member], changes: book.Changes) -> None:
    for member in members:
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])


def with_payer(members: QuerySet[Member], *, on: date) -> QuerySet[Any]:
    """Each with `named_payer`, the id of who is named, and `paying_name` if a contract covers it.

    Both are None for a member who pays alone. No statement more for any number.
    """
    named = MemberPayer.objects.filter(member=OuterRef("pk"))
    paying = named.paying_on(on)
    return members.annotate(
        named_payer=Subquery(named.values("payer")[:1]),
        paying_name=Subquery(paying.values("payer__name")[:1]),
    )
