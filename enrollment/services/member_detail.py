"""One member whole, as far as the agent may know: with heirs, consents, and who changed what."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from enrollment.cover import CoverDay
from enrollment.models import Consent, ConsentWithdrawal, Heir, Member, MemberChange, Relation
from enrollment.services.members import ListedMember, listed
from enrollment.services.quality import quality_flags
from perisai.errors import NotFound
from perisai.privacy import mask

HIDDEN: Final = "•••"
"""Stands for what only a reveal may show."""
MOST_CHANGES: Final = 100

Author = Literal["self", "agent", "office"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWithdrawal:
    """What the member took back, and when."""

    purposes: tuple[str, ...]
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """One edit: which fields, when, and whether by the asking agent, another one or the office."""

    rev: int
    group: str
    fields: tuple[str, ...]
    changed_at: datetime
    by: Author


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MemberDetail:
    """One member whole. What a list leaves out is read from `member`."""

    listed: ListedMember
    member: Member
    heirs: tuple[ShownHeir, ...]
    consents: tuple[ShownConsent, ...]
    withdrawals: tuple[ShownWithdrawal, ...]
    changes: tuple[ShownChange, ...]
    quality: tuple[str, ...]

    @property
    def birth_date(self) -> date:
        """As on the card; lists hold the year alone."""
        return self.member.birth_date

    @property
    def mother_maiden_name(self) -> str | None:
        """Only said to be known or not."""
        return HIDDEN if self.member.mother_maiden_name else None

    @property
    def kk_number(self) -> str | None:
        """Masked as a NIK is: it is built alike."""
        return mask("nik", self.member.kk_number) if self.member.kk_number else None


def member_detail(agent_id: UUID, member_id: UUID, *, day: CoverDay) -> MemberDetail:
    """One of the agent's members. Raises NotFound for an unknown id and for another agent's."""
    served = Member.objects.served_by(agent_id).unmerged()
    member = served.filter(pk=member_id).first()
    shown = listed(agent_id, [member] if member is not None else [], day=day)
    if member is None or not shown:
        raise NotFound
    return MemberDetail(
        listed=shown[0],
        member=member,
        heirs=heirs_of(member_id),
        consents=_consents_of(member_id),
        withdrawals=_withdrawals_of(member_id),
        changes=_changes_of(member_id, agent_id=agent_id),
        quality=tuple(flag.value for flag in quality_flags(member)),
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


def _consents_of(member_id: UUID) -> tuple[ShownConsent, ...]:
    return tuple(
        ShownConsent(
            purposes=tuple(consent.purposes),
            text_version=consent.text_version_id,
            language=consent.language,
            method=consent.method,
            given_at=consent.given_at,
        )
        for consent in Consent.objects.filter(member=member_id).order_by("given_at")
    )


def _withdrawals_of(member_id: UUID) -> tuple[ShownWithdrawal, ...]:
    found = ConsentWithdrawal.objects.filter(member=member_id).order_by("asked_at")
    return tuple(
        ShownWithdrawal(purposes=tuple(one.purposes), asked_at=one.asked_at) for one in found
    )


def _changes_of(member_id: UUID, *, agent_id: UUID) -> tuple[ShownChange, ...]:
    """The newest first."""
    found = MemberChange.objects.filter(member=member_id).order_by("-rev")[:MOST_CHANGES]
    return tuple(
        ShownChange(
            rev=change.rev,
            group=change.group,
            fields=tuple(change.fields),
            changed_at=change.changed_at,
            by=_author(change, agent_id),
        )
        for change in found
    )


def _author(change: MemberChange, agent_id: UUID) -> Author:
    if change.user_id is not None:
        return "office"
    return "self" if change.agent_id == agent_id else "agent"
