"""A bill before it is written: its lines, its fingerprint, and when it ends."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from enrollment.ages import birthday
from enrollment.cover import CoverKind
from payments.quote import Quote
from payments.tariff import PayerKind, Price, Sector
from perisai.months import last_day, month_of

ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """One member-month: its price, and the member's state that the price rests on."""

    member_id: UUID
    month: date
    price: Price
    credit: int
    kind: CoverKind
    episode_no: int
    basis_paid_through: date | None
    basis_episode: int
    sector: Sector


@dataclass(frozen=True, slots=True, kw_only=True)
class BillDraft:
    """What a bill will say. Lines in the order of member and month.

    `bridge_id`: the correction by which two persons let an episode go on (R18).
    """

    payer_kind: PayerKind
    payer_id: int | None
    lines: tuple[DraftLine, ...]
    expires_at: datetime
    title: str = ""
    bridge_id: UUID | None = None

    @property
    def total(self) -> int:
        """Rupiah, before credit."""
        return sum(line.price.total for line in self.lines)

    @property
    def credit(self) -> int:
        """Rupiah that the members' credit pays."""
        return sum(line.credit for line in self.lines)

    @property
    def payable(self) -> int:
        """Rupiah to pay."""
        return self.total - self.credit

    @property
    def member_count(self) -> int:
        """How many people it is for."""
        return len({line.member_id for line in self.lines})

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of payer and lines: equal bills are equal quotes on the same grounds."""
        digest = hashlib.sha256(f"{self.payer_kind}|{self.payer_id}".encode())
        for line in self.lines:
            digest.update(f"\n{_spelled(line)}".encode())
        return digest.digest()


def bill_end(
    made_at: datetime,
    *,
    valid_for: timedelta,
    beginners_born_on: Iterable[date],
    age_limit: int,
) -> datetime:
    """The last instant of a bill made at an instant in official time (R10).

    The earliest of the validity, the last second of the month, and the last second before a
    member who begins cover with it is too old to begin (R21).
    """
    ends = [made_at + valid_for, _last_second(last_day(month_of(made_at.date())), made_at)]
    for born_on in beginners_born_on:
        eve = birthday(born_on, age_limit) - timedelta(days=1)
        ends.append(_last_second(eve, made_at))
    return min(ends)


def quote_lines(
    quote: Quote, *, member_id: UUID, paid_through: date | None, episode_no: int, sector: Sector
) -> list[DraftLine]:
    """The lines of one member; `paid_through` and `episode_no` are the member's present ones."""
    return [
        DraftLine(
            member_id=member_id,
            month=line.month,
            price=line.price,
            credit=line.credit,
            kind=quote.kind,
            episode_no=quote.episode_no,
            basis_paid_through=paid_through,
            basis_episode=episode_no,
            sector=sector,
        )
        for line in quote.lines
    ]


def _last_second(day: date, made_at: datetime) -> datetime:
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=made_at.tzinfo)
    return midnight - ONE_SECOND


def _spelled(line: DraftLine) -> str:
    found = line.price
    parts = (
        line.member_id,
        line.month,
        found.jkk,
        found.jkm,
        found.jht,
        line.credit,
        line.kind,
        line.episode_no,
        line.basis_paid_through,
        line.basis_episode,
        found.base_income,
        line.sector,
        found.discount_code,
    )
    return "|".join(str(part) for part in parts)
