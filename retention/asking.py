"""When to try again after a contact attempt: pure arithmetic on days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

NO_ANSWER_WAIT: Final = timedelta(days=2)
PROMISE_WAIT: Final = timedelta(days=1)
LEAN_SEASON_WAIT: Final = timedelta(days=30)
PROMISE_WITHIN: Final = timedelta(days=60)
MOST_TRIES: Final = 3
TRIES_WINDOW: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptOutcome:
    """What an attempt came to, by the words of the contract, and the day that it was made."""

    tried_on: date
    contact: str
    decision: str
    promise_on: date | None


def next_attempt_on(outcome: AttemptOutcome, *, earlier: Sequence[date] = ()) -> date | None:
    """The day before which no attempt is asked for again; None: any day will do.

    `earlier` holds the days of the member's attempts before this one. No more than three attempts
    in fourteen days are asked for, whatever came of them; more are accepted.
    """
    wanted = _wanted_on(outcome)
    newest = sorted([*earlier, outcome.tried_on], reverse=True)[:MOST_TRIES]
    third = newest[-1] if len(newest) == MOST_TRIES else None
    return after_rest(wanted, newest=newest[0], third=third)


def may_be_promised(promise_on: date, tried_on: date) -> bool:
    """Whether a promise can be of that day: from the attempt on, within two months."""
    return timedelta(0) <= promise_on - tried_on <= PROMISE_WITHIN


def after_rest(wanted: date | None, *, newest: date, third: date | None) -> date | None:
    """The day `wanted` after the newest attempt, put off while three are in fourteen days.

    `third`: the day of the third newest, if there were as many. In whatever order attempts arrive,
    what was wanted as the newest one came is put off as far as what is known by now says.
    """
    if third is None or third + TRIES_WINDOW <= newest:
        return wanted
    rested = third + TRIES_WINDOW
    return rested if wanted is None else max(wanted, rested)


def _wanted_on(outcome: AttemptOutcome) -> date | None:
    if outcome.promise_on is not None:
        return outcome.promise_on + PROMISE_WAIT
    if outcome.decision == "lean_season":
        return outcome.tried_on + LEAN_SEASON_WAIT
    if outcome.contact in {"no_answer", "not_home"}:
        return outcome.tried_on + NO_ANSWER_WAIT
    return None
