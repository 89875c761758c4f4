"""What a bill of some members will say: each is judged alone, so that who gets none is named."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from enrollment.ages import AgeResult, age_at_payment
from enrollment.errors import AgeNotAllowed, MemberClosed
from enrollment.services.rules import age_limits
from payments.bill_draft import BillDraft, DraftLine, bill_end, quote_lines
from payments.errors import (
    MemberNotEligible,
    MemberNotFound,
    PayerDiffers,
)
from payments.models import Payer
from payments.quote import Quote, Quoted, quote_bridge, quote_next
from payments.refusals import refusal_of_members
from payments.services.candidates import Candidate
from payments.services.outcomes import LeftOut
from payments.services.rates import bill_rules
from payments.tariff import PayerKind, RateBook, Terms, remembered_prices
from payments.worded_refusals import months_not_allowed
from perisai.clock import official_zone
from perisai.errors import DomainError

MOST_NAMED: Final = 50
"""How many members a refusal names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A bill for these members, by their place in the order.

    `months` None: all that are missing, as two persons allow (R18). `payer`: who pays for all of
    them; None: whoever pays for each, as long as it is the same.
    """

    member_ids: tuple[UUID, ...]
    months: int | None
    payer: Payer | None = None
    title: str = ""
    bridge_id: UUID | None = None
    is_collective: bool = False
    skip_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A draft, and who is not in it."""

    draft: BillDraft
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    place: int
    member_id: UUID
    why: DomainError


QuoteOf = Callable[[Quoted], Quote]


def draft_bill(
    wanted: Wanted, found: Sequence[Candidate], *, rates: RateBook, now: datetime
) -> Drafted:
    """The bill of those of the members who can be billed together; of all of them, unless skipped.

    Raises MonthsNotAllowed; else the refusal of the first who cannot, naming at most fifty:
    MemberNotFound, PayerDiffers, MemberClosed, MemberNotEligible, what quotes and age refuse.
    """
    if wanted.months is not None and wanted.months not in settings.BILL_PERIODS:
        raise months_not_allowed(settings.BILL_PERIODS)
    local = now.astimezone(official_zone())
    quote_of = _quoting(wanted, rates=rates, on=local.date())
    billed: list[tuple[Candidate, Quote]] = []
    refusals: list[_Refusal] = []
    for place, member_id, candidate in _in_order(wanted, found):
        try:
            member = _paid_together(candidate, wanted.payer, billed)
            billed.append((member, _quote(member, quote_of, on=local.date())))
        except DomainError as why:
            refusals.append(_Refusal(place=place, member_id=member_id, why=why))
    if not billed and not refusals:
        raise MemberNotFound
    if refusals and not (wanted.skip_refused and billed):
        raise _refused(refusals, is_collective=wanted.is_collective)
    return Drafted(
        draft=_draft(sorted(billed, key=lambda pair: pair[0].member_id), wanted, made_at=local),
        left_out=tuple(LeftOut(member_id=one.member_id, code=one.why.code) for one in refusals),
    )


def _in_order(
    wanted: Wanted, found: Sequence[Candidate]
) -> Iterator[tuple[int, UUID, Candidate | None]]:
    """Each member once, with the first place in the order."""
    by_id = {candidate.member_id: candidate for candidate in found}
    places = {member_id: place for place, member_id in reversed(list(enumerate(wanted.member_ids)))}
    for member_id in dict.fromkeys(wanted.member_ids):
        yield places[member_id], member_id, by_id.get(member_id)


def _quoting(wanted: Wanted, *, rates: RateBook, on: date) -> QuoteOf:
    """How each member is quoted; members share their prices."""
    prices, rules, months = remembered_prices(rates), bill_rules(), wanted.months
    if months is None:
        return lambda member: quote_bridge(member, as_of=on, prices=prices)
    return lambda member: quote_next(member, months, as_of=on, prices=prices, rules=rules)


def _paid_together(
    candidate: Candidate | None, payer: Payer | None, billed: list[tuple[Candidate, Quote]]
) -> Candidate:
    """The member with the bill's payer. A group also bills who pays alone: it collects (R10)."""
    if candidate is None:
        raise MemberNotFound
    if payer is not None:
        collects = payer.kind == PayerKind.GROUP and candidate.payer_id is None
        if not collects and candidate.payer_id != payer.pk:
            raise PayerDiffers
        return replace(candidate, payer_id=payer.pk, terms=_paid_by(candidate.terms, payer))
    if billed and billed[0][0].payer_id != candidate.payer_id:
        raise PayerDiffers
    return candidate


def _paid_by(terms: Terms | None, payer: Payer) -> Terms | None:
    return replace(terms, payer=PayerKind(payer.kind)) if terms else None


def _quote(member: Candidate, quote_of: QuoteOf, *, on: date) -> Quote:
    if member.closed_on is not None and member.closed_on <= on:
        raise MemberClosed
    if member.terms is None or member.is_mismatch:
        raise MemberNotEligible
    quote = quote_of(member.quoted(member.terms))
    age = age_at_payment(member.birth_date, on=on, kind=quote.kind, limits=age_limits())
    if age is not AgeResult.OK:
        raise AgeNotAllowed
    return quote


def _refused(refusals: list[_Refusal], *, is_collective: bool) -> DomainError:
    first = refusals[0].why
    if not is_collective:
        return first
    named = ((one.place, one.why.code) for one in refusals[:MOST_NAMED])
    return refusal_of_members(first, named)


def _draft(
    billed: list[tuple[Candidate, Quote]], wanted: Wanted, *, made_at: datetime
) -> BillDraft:
    beginners = [
        member.birth_date for member, quote in billed if age_limits().are_asked_of(quote.kind)
    ]
    first = billed[0][0]
    return BillDraft(
        payer_kind=first.terms.payer if first.terms else PayerKind.SELF,
        payer_id=first.payer_id,
        lines=tuple(_lines(billed)),
        expires_at=bill_end(
            made_at,
            valid_for=settings.BILL_VALID_FOR,
            beginners_born_on=beginners,
            age_limit=settings.AGE_MAX_EXCLUSIVE,
        ),
        title=wanted.title,
        bridge_id=wanted.bridge_id,
    )


def _lines(billed: Iterable[tuple[Candidate, Quote]]) -> Iterator[DraftLine]:
    for member, quote in billed:
        if member.terms is None:
            raise MemberNotEligible
        yield from quote_lines(
            quote,
            member_id=member.member_id,
            paid_through=member.paid_through,
            episode_no=member.episode_no,
            sector=member.terms.sector,
        )
