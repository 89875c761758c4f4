"""What a phone sees of attempts and closed follow-ups, for many members in one statement."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from perisai.clock import official_date
from perisai.ids import as_array
from perisai.sent_ahead import ask
from retention.asking import after_rest
from retention.priority import Tries, WorkKind

# The newest attempt decides which unpaid month is spoken of; the promise is the newest of those.
# A death that was reported, and the member not met since, closes all kinds whatever was paid since.
# The third newest puts the next one off: it may have arrived after the newest said its day.
TRIES_OF_MEMBERS = """
    SELECT m.id, newest.tried_at, newest.unpaid_since, newest.contact, newest.decision,
        newest.next_on, third.tried_at, alike.tries, alike.promise_on, closed.kinds, closed.months,
        (m.paid_through + interval '1 month')::date,
        EXISTS (
            SELECT FROM retention_attempt died
            WHERE died.member_id = m.id AND died.decision = 'deceased' AND NOT EXISTS (
                SELECT FROM retention_attempt met
                WHERE met.member_id = m.id AND met.contact = 'met_member'
                  AND met.decision <> 'deceased' AND met.tried_at > died.tried_at)
        )
    FROM enrollment_member m
    LEFT JOIN LATERAL (
        SELECT tried_at, unpaid_since, contact, decision, next_on
        FROM retention_attempt WHERE member_id = m.id
        ORDER BY tried_at DESC, id DESC LIMIT 1
    ) newest ON true
    LEFT JOIN LATERAL (
        SELECT tried_at
        FROM retention_attempt WHERE member_id = m.id
        ORDER BY tried_at DESC, id DESC OFFSET 2 LIMIT 1
    ) third ON true
    LEFT JOIN LATERAL (
        SELECT count(id) AS tries,
            (array_agg(promise_on ORDER BY tried_at DESC, id DESC)
                FILTER (WHERE promise_on IS NOT NULL))[1] AS promise_on
        FROM retention_attempt
        WHERE member_id = m.id AND unpaid_since IS NOT DISTINCT FROM newest.unpaid_since
    ) alike ON true
    LEFT JOIN LATERAL (
        SELECT array_agg(kind ORDER BY unpaid_since, kind) AS kinds,
            array_agg(unpaid_since ORDER BY unpaid_since, kind) AS months
        FROM retention_followup
        WHERE member_id = m.id AND episode_no = m.episode_no AND closed_on IS NOT NULL
    ) closed ON true
    WHERE m.id = ANY (%(ids)s::uuid[]) AND (
        EXISTS (SELECT FROM retention_attempt WHERE member_id = m.id)
        OR EXISTS (
            SELECT FROM retention_followup WHERE member_id = m.id AND closed_on IS NOT NULL)
    )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAttempt:
    """The newest attempt, as the phone shows it."""

    on: date
    unpaid_since: date | None
    contact: str
    decision: str
    next_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTries:
    """One member's newest attempt, its likes, and what a person closed in this episode."""

    last: LastAttempt | None
    tries: Tries | None
    closed: tuple[tuple[str, date | None], ...]


def tries_of(member_ids: Collection[UUID]) -> dict[UUID, MemberTries]:
    """By member: those who were tried, or of whom a person closed a follow-up; one statement."""
    return dict(ask_tries(member_ids)())


def ask_tries(
    member_ids: Collection[UUID],
) -> Callable[[], Iterator[tuple[UUID, MemberTries]]]:
    """The same, sent now and read later, and made one by one."""
    answer = ask(TRIES_OF_MEMBERS, {"ids": as_array(member_ids)})

    def tries() -> Iterator[tuple[UUID, MemberTries]]:
        found = map(_Found._make, answer())
        return ((row.member_id, _member_tries(row)) for row in found)

    return tries


class _Found(NamedTuple):
    """One row of the statement, in its order."""

    member_id: UUID
    tried_at: datetime | None
    unpaid_since: date | None
    contact: str
    decision: str
    next_on: date | None
    third_at: datetime | None
    number: int
    promise_on: date | None
    kinds: list[str] | None
    months: list[date | None] | None
    unpaid_month: date | None
    is_reported_dead: bool

    @property
    def closed(self) -> tuple[tuple[str, date | None], ...]:
        """Kinds and months that a person closed; of whom is reported dead all that is left."""
        closed = list(zip(self.kinds or [], self.months or [], strict=True))
        if self.is_reported_dead:
            left = [(str(kind), self.unpaid_month) for kind in WorkKind]
            closed += [one for one in left if one not in closed]
        return tuple(closed)


NOTHING: Final = MemberTries(last=None, tries=None, closed=())


def _member_tries(found: _Found) -> MemberTries:
    if found.tried_at is None:
        return MemberTries(last=None, tries=None, closed=found.closed)
    on = official_date(found.tried_at)
    third = official_date(found.third_at) if found.third_at else None
    next_on = after_rest(found.next_on, newest=on, third=third)
    last = LastAttempt(
        on=on,
        unpaid_since=found.unpaid_since,
        contact=found.contact,
        decision=found.decision,
        next_on=next_on,
    )
    tries = Tries(
        count=found.number,
        unpaid_since=found.unpaid_since,
        next_on=next_on,
        promise_on=found.promise_on,
    )
    return MemberTries(last=last, tries=tries, closed=found.closed)
