"""The members that a bill is asked for, as a quote sees them, in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from enrollment.models import Dukcapil, Member, MemberOccupation
from enrollment.programmes import parse_programmes
from enrollment.services.members import missing_of
from payments.models import Account, JournalLine, MemberPayer
from payments.quote import Quoted
from payments.tariff import PayerKind, Sector, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One member to be billed. `terms` is None while data are missing (a draft, R24)."""

    member_id: UUID
    agent_id: UUID | None
    birth_date: date
    paid_through: date | None
    episode_no: int
    closed_on: date | None
    is_merged: bool
    is_mismatch: bool
    payer_id: int | None
    credit: int
    terms: Terms | None

    def is_closed(self, day: date) -> bool:
        """Whether the membership had ended by that day (R20)."""
        return self.closed_on is not None and self.closed_on <= day

    def quoted(self, terms: Terms) -> Quoted:
        """The part that the pure quote needs."""
        return Quoted(
            paid_through=self.paid_through,
            closed_on=self.closed_on,
            terms=terms,
            episode_no=self.episode_no,
            credit=self.credit,
        )


def read_candidates(
    members: QuerySet[Member], member_ids: Sequence[UUID], *, on: date
) -> list[Candidate]:
    """Those of the ids that are among `members`, by ascending id. One statement for any number."""
    main = MemberOccupation.objects.filter(member=OuterRef("pk"), is_main=True)
    rows = (
        members.filter(pk__in=member_ids)
        .only(*_COLUMNS)
        .annotate(
            carry=Coalesce(_credit(), 0),
            paying=_payer("payer_id", on=on),
            paying_kind=_payer("payer__kind", on=on),
            is_transport=Subquery(main.values("occupation__transport_sector")[:1]),
        )
        .order_by("pk")
    )
    return [_candidate(row) for row in rows]


# What a quote, and what is missing, is read from.
_COLUMNS: Final = (
    "agent_id",
    "birth_date",
    "paid_through",
    "episode_no",
    "closed_on",
    "merged_into_id",
    "dukcapil",
    "income_monthly",
    "programmes",
    "employs_others",
    "village_id",
    "address_line",
    "phone_index",
    "no_phone_reason",
)


def _credit() -> Subquery:
    """The balance of 2200, which is a liability: its credits are negative amounts."""
    lines = JournalLine.objects.filter(member=OuterRef("pk"), account=Account.MEMBER_CREDIT)
    sums = lines.order_by().values("member").annotate(balance=-Sum("amount"))
    return Subquery(sums.values("balance"), output_field=IntegerField())


def _payer(column: str, *, on: date) -> Subquery:
    """Who pays for the member, if the payer's contract covers the day."""
    paying = MemberPayer.objects.paying_on(on).filter(member=OuterRef("pk"))
    return Subquery(paying.values(column)[:1])


def _candidate(member: Any) -> Candidate:  # a Member with the annotations of read_candidates
    return Candidate(
        member_id=member.pk,
        agent_id=member.agent_id,
        birth_date=member.birth_date,
        paid_through=member.paid_through,
        episode_no=member.episode_no,
        closed_on=member.closed_on,
        is_merged=member.merged_into_id is not None,
        is_mismatch=member.dukcapil == Dukcapil.MISMATCH,
        payer_id=member.paying,
        credit=member.carry,
        terms=_terms(member),
    )


def _terms(member: Any) -> Terms | None:
    """None as long as R24 asks for more."""
    is_complete = not missing_of(member, has_main_occupation=member.is_transport is not None)
    if not is_complete:
        return None
    return Terms(
        income=member.income_monthly,
        programmes=parse_programmes(member.programmes),
        sector=Sector.TRANSPORT if member.is_transport else Sector.NON_TRANSPORT,
        payer=PayerKind(member.paying_kind or PayerKind.SELF),
        is_employer=member.employs_others,
    )
