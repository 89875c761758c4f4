"""Whose next unpaid months will cost more than those before (R35), asked whenever it is told."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.conf import settings

from enrollment.cover import ended_months
from enrollment.models import Member, unrestricted
from payments.services.candidates import Candidate, read_candidates
from payments.services.rates import rate_book
from retention.price_steps import PriceStep, price_steps, steps_for


def steps_on(day: date) -> tuple[PriceStep, ...]:
    """The rises that are told on a day; one statement once the tariff is known."""
    return price_steps(day, rates=rate_book(), within=settings.NOTICE_PRICE_CHANGE_DAYS)


def price_changes(member_ids: Sequence[UUID], *, as_of: date) -> dict[UUID, PriceStep]:
    """The nearest rise of each member's own price, of those whom one concerns on a day."""
    return {member_id: steps[0] for member_id, steps in rises(member_ids, as_of=as_of).items()}


def rises(member_ids: Sequence[UUID], *, as_of: date) -> dict[UUID, tuple[PriceStep, ...]]:
    """All rises of each member's own price that are told on a day, of those whom one concerns.

    Nobody who is closed, restricted, lapsed, never paid, lacks data, or is paid for by another.
    Two statements for any number of members; one while no price rises soon.
    """
    steps = steps_on(as_of)
    if not steps or not member_ids:
        return {}
    live = Member.objects.live().filter(unrestricted())
    found = {
        member.member_id: _steps(member, steps, as_of=as_of)
        for member in read_candidates(live, member_ids, on=as_of)
    }
    return {member_id: own for member_id, own in found.items() if own}


def _steps(member: Candidate, steps: Sequence[PriceStep], *, as_of: date) -> tuple[PriceStep, ...]:
    lapse_after = settings.COVER_LAPSE_AFTER_ENDED_MONTHS
    has_lapsed = ended_months(member.paid_through, as_of=as_of) >= lapse_after
    if member.terms is None or member.payer_id is not None or has_lapsed:
        return ()
    return steps_for(member.terms, member.paid_through, steps)
