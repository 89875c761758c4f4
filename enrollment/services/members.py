"""What is read of members: what a draft lacks, an agent's list, one member whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from enrollment.cover import CoverDay, CoverState, cover_case, cover_state
from enrollment.models import Consent, Heir, Member, Relation, unrestricted
from enrollment.models.member import MemberQuerySet
from perisai.errors import NotFound
from sync.registry import Row, read_rows

HIDDEN: Final = "•••"
"""Stands for what only a reveal may show."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ListedMember:
    """One member as the agent's app sees it, with the state on the day of asking."""

    id: UUID
    state: CoverState
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ShownHeir:
    """One heir; the NIK is only said to be known or not."""

    name: str
    relation: str
    birth_year: int | None
    phone: str | None
    nik: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownConsent:
    """What the member agreed to, and when."""

    purposes: tuple[str, ...]
    text_version: str
    language: str
    method: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MemberDetail:
    """One member whole, as far as the agent may know."""

    listed: ListedMember
    birth_date: date
    heirs: tuple[ShownHeir, ...]
    consents: tuple[ShownConsent, ...]


def missing_of(member: Member) -> list[str]:
    """What R24 still asks for, by the names of the form; empty: complete.

    Reads `member.occupations`: prefetch them for many members.
    """
    is_missing = {
        "village_code": member.village_id is None,
        "address_line": not member.address_line,
        "phone": member.phone_index is None and not member.no_phone_reason,
        "occupations": not any(named.is_main for named in member.occupations.all()),
        "income_monthly": member.income_monthly is None,
        "programmes": not member.programmes,
    }
    return [name for name, is_absent in is_missing.items() if is_absent]


def members_in_book(agent_id: UUID) -> MemberQuerySet:
    """The members that an agent looks after now, without what a list has no use for."""
    served = Member.objects.served_by(agent_id).unmerged()
    return served.only("id", "paid_through", "closed_on", "birth_date")


def members_in_state(
    agent_id: UUID, *, state: CoverState | None, village_code: str, day: CoverDay
) -> MemberQuerySet:
    """The agent's members, of one state and one village where they are named.

    Whose data are restricted stand in no list (R36).
    """
    members = members_in_book(agent_id).filter(unrestricted())
    if state is not None:
        members = members.alias(cover_state=cover_case(day)).filter(cover_state=state)
    return members.filter(village=village_code) if village_code else members


def listed(agent_id: UUID, members: Iterable[Member], *, day: CoverDay) -> list[ListedMember]:
    """These members with their rows, in a fixed number of statements; who left is left out."""
    page = list(members)
    rows = read_rows("member", agent_id, [member.pk for member in page])
    return [
        ListedMember(
            id=member.pk,
            state=cover_state(member.paid_through, closed_on=member.closed_on, day=day),
            row=rows[member.pk],
        )
        for member in page
        if member.pk in rows
    ]


def member_detail(agent_id: UUID, member_id: UUID, *, day: CoverDay) -> MemberDetail:
    """One of the agent's members. Raises NotFound for an unknown id and for another agent's."""
    member = members_in_book(agent_id).filter(pk=member_id).first()
    shown = listed(agent_id, [member] if member is not None else [], day=day)
    consents = Consent.objects.filter(member__in=[one.id for one in shown]).order_by("given_at")
    if member is None or not shown:
        raise NotFound
    return MemberDetail(
        listed=shown[0],
        birth_date=member.birth_date,
        heirs=heirs_of(member.pk),
        consents=tuple(_shown_consent(consent) for consent in consents),
    )


def heirs_of(member_id: UUID) -> tuple[ShownHeir, ...]:
    """A member's heirs in legal order, those of one relation as they were named."""
    order = list(Relation)
    heirs = sorted(
        Heir.objects.filter(member=member_id),
        key=lambda heir: (order.index(Relation(heir.relation)), heir.position),
    )
    return tuple(_shown_heir(heir) for heir in heirs)


def _shown_heir(heir: Heir) -> ShownHeir:
    return ShownHeir(
        name=heir.name,
        relation=heir.relation,
        birth_year=int(heir.birth_year) if heir.birth_year else None,
        phone=heir.phone,
        nik=HIDDEN if heir.nik else None,
    )


def _shown_consent(consent: Consent) -> ShownConsent:
    return ShownConsent(
        purposes=tuple(consent.purposes),
        text_version=consent.text_version_id,
        language=consent.language,
        method=consent.method,
        given_at=consent.given_at,
    )
