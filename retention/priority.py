"""Who needs a visit and how much (R16): kinds of work and their priority.

Pure: the phone derives the same list from the rows of its book, with the weights that its
configuration publishes, so nothing here may depend on anything that a phone does not hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enrollment.cover import ended_months, lapses_on
from perisai.months import add_months

UNSCORED: Final = 1_000
"""Above every priority: where who is not scored stands."""


class WorkKind(TextChoices):
    """Why a member stands in the work list."""

    ARREARS = "arrears", _("tunggakan")
    FIRST_PAYMENT = "first_payment", _("iuran pertama")
    PROMISE_BROKEN = "promise_broken", _("janji lewat")
    SPONSOR_ENDING = "sponsor_ending", _("akhir masa sponsor")
    DATA = "data", _("data belum lengkap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The published weights, in points; the sum is cut to `minimum` … `maximum`."""

    ended_month: int = 20
    near_days: int = 30
    promise_broken: int = 15
    first_payment: int = 10
    sponsor_ending: int = 10
    data: int = 5
    each_try: int = -5
    tries_max: int = 3
    other_village: int = -5
    wait: int = -40
    minimum: int = 0
    maximum: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRules:
    """The thresholds: months, days, days, months."""

    opens_after_ended: int = 1
    first_payment_after_days: int = 7
    sponsor_ending_days: int = 60
    lapse_after: int = 3
    weights: Weights = Weights()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """The attempts that name the same unpaid month as the newest one."""

    count: int
    unpaid_since: date | None
    next_on: date | None
    promise_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """What the list needs to know of one live member; months are first days."""

    member_id: UUID
    paid_through: date | None
    registered_on: date
    is_complete: bool
    is_in_own_village: bool
    is_scored: bool = True
    sponsored_until: date | None = None
    tries: Tries | None = None
    closed_by_a_person: frozenset[tuple[str, date | None]] = frozenset()

    @property
    def unpaid_since(self) -> date | None:
        """The first unpaid month; None for who never paid."""
        return None if self.paid_through is None else add_months(self.paid_through, 1)

    @property
    def present_tries(self) -> Tries | None:
        """The attempts, if they are about the present first unpaid month."""
        tries = self.tries
        return tries if tries is not None and tries.unpaid_since == self.unpaid_since else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One line of the work list: the kinds of work and what the priority is the sum of."""

    member_id: UUID
    kinds: tuple[WorkKind, ...]
    unpaid_since: date | None
    lapses_on: date | None
    priority: int | None
    parts: Mapping[str, int]

    @property
    def place(self) -> tuple[int, date, UUID]:
        """Where it stands: priority descending, then who lapses first, then the id.

        Who objected to being scored (R36) stands above all, for a person to judge.
        """
        points = -UNSCORED if self.priority is None else -self.priority
        return (points, self.lapses_on or date.max, self.member_id)


def work_item(facts: MemberFacts, *, as_of: date, rules: WorkRules) -> WorkItem | None:
    """A live member's line on a day; None if there is nothing to do."""
    kinds = _kinds(facts, as_of=as_of, rules=rules)
    if not kinds:
        return None
    parts = _parts(facts, kinds, as_of=as_of, rules=rules) if facts.is_scored else {}
    weights = rules.weights
    points = min(weights.maximum, max(weights.minimum, sum(parts.values())))
    return WorkItem(
        member_id=facts.member_id,
        kinds=kinds,
        unpaid_since=facts.unpaid_since,
        lapses_on=lapses_on(facts.paid_through, lapse_after=rules.lapse_after),
        priority=points if facts.is_scored else None,
        parts=parts,
    )


def _kinds(facts: MemberFacts, *, as_of: date, rules: WorkRules) -> tuple[WorkKind, ...]:
    applies = {
        WorkKind.ARREARS: _owes(facts, as_of=as_of, rules=rules),
        WorkKind.FIRST_PAYMENT: _waits_for_first_payment(facts, as_of=as_of, rules=rules),
        WorkKind.PROMISE_BROKEN: _broke_a_promise(facts, as_of=as_of),
        WorkKind.SPONSOR_ENDING: _loses_a_sponsor(facts, as_of=as_of, rules=rules),
        WorkKind.DATA: not facts.is_complete,
    }
    closed = facts.closed_by_a_person
    return tuple(
        kind
        for kind, is_so in applies.items()
        if is_so and (kind, facts.unpaid_since) not in closed
    )


def _owes(facts: MemberFacts, *, as_of: date, rules: WorkRules) -> bool:
    return ended_months(facts.paid_through, as_of=as_of) >= rules.opens_after_ended


def _waits_for_first_payment(facts: MemberFacts, *, as_of: date, rules: WorkRules) -> bool:
    waited = (as_of - facts.registered_on).days
    return facts.paid_through is None and waited >= rules.first_payment_after_days


def _broke_a_promise(facts: MemberFacts, *, as_of: date) -> bool:
    tries = facts.present_tries
    return tries is not None and tries.promise_on is not None and tries.promise_on < as_of


def _loses_a_sponsor(facts: MemberFacts, *, as_of: date, rules: WorkRules) -> bool:
    # A term that is over ends nothing any more: its members then are in arrears, or pay alone.
    until = facts.sponsored_until
    return until is not None and 0 <= (until - as_of).days <= rules.sponsor_ending_days


def _parts(
    facts: MemberFacts, kinds: tuple[WorkKind, ...], *, as_of: date, rules: WorkRules
) -> dict[str, int]:
    weights = rules.weights
    ended = ended_months(facts.paid_through, as_of=as_of)
    weight_of_kind = {
        WorkKind.PROMISE_BROKEN: weights.promise_broken,
        WorkKind.FIRST_PAYMENT: weights.first_payment,
        WorkKind.SPONSOR_ENDING: weights.sponsor_ending,
        WorkKind.DATA: weights.data,
    }
    parts = {
        "ended_month": weights.ended_month * min(ended, rules.lapse_after),
        "near_days": _nearness(facts, ended, as_of=as_of, rules=rules),
        **{str(kind): weight_of_kind[kind] for kind in kinds if kind in weight_of_kind},
        **_parts_of_tries(facts.present_tries, as_of=as_of, weights=weights),
        "other_village": 0 if facts.is_in_own_village else weights.other_village,
    }
    return {name: points for name, points in parts.items() if points}


def _nearness(facts: MemberFacts, ended: int, *, as_of: date, rules: WorkRules) -> int:
    """More points the nearer the lapse is, while cover is in arrears and not lapsed."""
    day = lapses_on(facts.paid_through, lapse_after=rules.lapse_after)
    if day is None or not 1 <= ended < rules.lapse_after:
        return 0
    return max(0, rules.weights.near_days - (day - as_of).days)


def _parts_of_tries(tries: Tries | None, *, as_of: date, weights: Weights) -> dict[str, int]:
    if tries is None:
        return {}
    is_too_early = tries.next_on is not None and as_of < tries.next_on
    return {
        "try": weights.each_try * min(tries.count, weights.tries_max),
        "wait": weights.wait if is_too_early else 0,
    }
