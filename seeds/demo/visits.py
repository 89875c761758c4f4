"""What agents did about follow-ups: attempts between the night that opened one and its end."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from enrollment.cover import LAPSE_AFTER
from perisai.clock import official_date
from perisai.months import add_months
from retention.asking import AttemptOutcome, next_attempt_on
from retention.models import (
    REACHED,
    Attempt,
    AttemptChannel,
    Contact,
    Decision,
    FollowUp,
    FollowUpKind,
)
from seeds.demo.draws import day_between, happens, id_at, office_hour, stream, weighted
from seeds.demo.sale import Sale

IS_TRIED: Final = 0.6
SECOND_TRY: Final = 0.3
TRIED_WITHIN_DAYS: Final = 24
PAYS_SOON: Final = timedelta(days=10)
LONGEST_PROMISE_DAYS: Final = 10
ONE_DAY: Final = timedelta(days=1)
BATCH: Final = 1_000

CHANNELS: Final = (
    (AttemptChannel.VISIT, 6),
    (AttemptChannel.PHONE, 3),
    (AttemptChannel.MESSAGE, 1),
)
CONTACTS: Final = {
    AttemptChannel.VISIT: (
        (Contact.MET_MEMBER, 6),
        (Contact.MET_FAMILY, 2),
        (Contact.NOT_HOME, 4),
        (Contact.MOVED_AWAY, 1),
    ),
    AttemptChannel.PHONE: (
        (Contact.PHONE_ANSWERED, 5),
        (Contact.NO_ANSWER, 4),
        (Contact.NUMBER_WRONG, 1),
    ),
    AttemptChannel.MESSAGE: ((Contact.PHONE_ANSWERED, 2), (Contact.NO_ANSWER, 3)),
}
DECISIONS: Final = (
    (Decision.PROMISED, 5),
    (Decision.CANNOT_AFFORD, 4),
    (Decision.LEAN_SEASON, 3),
    (Decision.NOT_INTERESTED, 2),
    (Decision.FORMAL_JOB_NOW, 1),
    (Decision.SICK_OR_INJURED, 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """A follow-up as its agent met it. `paid_on`: the member's next payment after it, if any."""

    member_id: UUID
    agent_id: UUID
    regency_code: str
    unpaid_since: date | None
    opened_on: date
    zone: ZoneInfo
    paid_on: date | None

    @property
    def came_back(self) -> bool:
        """Whether that payment came after a lapse."""
        if self.unpaid_since is None or self.paid_on is None:
            return False
        return self.paid_on >= add_months(self.unpaid_since, LAPSE_AFTER)


def visit(sales: Sequence[Sale], zones: Mapping[str, ZoneInfo], *, as_of: date) -> int:
    """Write attempts for a share of the follow-ups; returns how many."""
    numbers = stream("visits")
    attempts = [
        attempt
        for debt in _debts(sales, zones)
        if happens(IS_TRIED, numbers) or debt.came_back
        for attempt in _attempts(debt, numbers, as_of=as_of)
    ]
    Attempt.objects.bulk_create(attempts, batch_size=BATCH)
    return len(attempts)


def _debts(sales: Sequence[Sale], zones: Mapping[str, ZoneInfo]) -> Iterator[Debt]:
    paid = _paid_on(sales)
    in_arrears = FollowUp.objects.filter(kind=FollowUpKind.ARREARS)
    for found in in_arrears.order_by("opened_on", "member_id"):
        days = paid.get(found.member_id, [])
        later = days[bisect_right(days, found.opened_on) :]
        if found.agent_id is not None:
            yield Debt(
                member_id=found.member_id,
                agent_id=found.agent_id,
                regency_code=found.regency_code,
                unpaid_since=found.unpaid_since,
                opened_on=found.opened_on,
                zone=zones[found.regency_code],
                paid_on=later[0] if later else None,
            )


def _paid_on(sales: Sequence[Sale]) -> dict[UUID, list[date]]:
    """Days of payment by member, in order."""
    days: dict[UUID, list[date]] = {}
    for sale in sales:
        if sale.taking is not None:
            days.setdefault(sale.person.id, []).append(official_date(sale.taking.paid_at))
    return days


def _attempts(debt: Debt, numbers: Random, *, as_of: date) -> Iterator[Attempt]:
    """One attempt in each of the spans that has room for it, one after the other."""
    made: list[date] = []
    for begins, end in _spans(debt, numbers, as_of=as_of):
        first = max(begins, made[-1] + ONE_DAY) if made else begins
        if first < end:
            day = day_between(first, end - ONE_DAY, numbers)
            yield _attempt(debt, office_hour(day, debt.zone, numbers), numbers, earlier=made)
            made.append(day)


def _spans(debt: Debt, numbers: Random, *, as_of: date) -> Iterator[tuple[date, date]]:
    """Soon, once or twice, before a payment and the day of the seeding; and before a return."""
    end = min(debt.paid_on or as_of, as_of, debt.opened_on + timedelta(days=TRIED_WITHIN_DAYS))
    for _ in range(2 if happens(SECOND_TRY, numbers) else 1):
        yield debt.opened_on, end
    if debt.paid_on is not None and debt.came_back:
        yield debt.paid_on - PAYS_SOON, debt.paid_on


def _attempt(
    debt: Debt, tried_at: datetime, numbers: Random, *, earlier: Sequence[date]
) -> Attempt:
    tried_on = official_date(tried_at)
    channel = weighted(CHANNELS, numbers)
    contact = weighted(CONTACTS[channel], numbers)
    decision = _decision(contact, tried_on, numbers, paid_on=debt.paid_on)
    promise_on = None
    if decision is Decision.PROMISED:
        promise_on = tried_on + timedelta(days=numbers.randint(1, LONGEST_PROMISE_DAYS))
    outcome = AttemptOutcome(
        tried_on=tried_on, contact=contact, decision=decision or "", promise_on=promise_on
    )
    return Attempt(
        id=id_at(tried_at, numbers),
        op_id=id_at(tried_at, numbers),
        member_id=debt.member_id,
        agent_id=debt.agent_id,
        regency_code=debt.regency_code,
        unpaid_since=debt.unpaid_since,
        channel=channel,
        contact=contact,
        decision=decision or "",
        promise_on=promise_on,
        next_on=next_attempt_on(outcome, earlier=earlier),
        tried_at=tried_at,
    )


def _decision(
    contact: Contact, tried_on: date, numbers: Random, *, paid_on: date | None
) -> Decision | None:
    """Who pays soon has promised; who is not met decides nothing."""
    if contact not in REACHED:
        return None
    if paid_on is not None and paid_on - tried_on <= PAYS_SOON:
        return Decision.PROMISED
    return weighted(DECISIONS, numbers)
