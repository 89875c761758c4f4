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
    if len(newest) < MOST_TRIES:
        return wanted
    rested = newest[-1] + TRIES_WINDOW
    if wanted is None:
        return rested if rested > outcome.tried_on else None
    return max(wanted, rested)


def _wanted_on(outcome: AttemptOutcome) -> date | None:
    if outcome.promise_on is not None:
        return outcome.promise_on + PROMISE_WAIT
    if outcome.decision == "lean_season":
        return outcome.tried_on + LEAN_SEASON_WAIT
    if outcome.contact in {"no_answer", "not_home"}:
        return outcome.tried_on + NO_ANSWER_WAIT
    return None
