"""What a phone sees of retention: keys of a member's row, and the work list's thresholds."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from uuid import UUID

from django.conf import settings

from perisai import clock
from perisai.months import format_month
from retention.due import work_rules
from retention.services.idle_agents import idle_standing
from retention.services.tries import NOTHING, LastAttempt, MemberTries, ask_tries
from sync.registry import Json, Row, adds, config


@adds("member", "attempts", "last_attempt", "promise_on", "follow_ups_closed")
def attempt_keys(_agent_id: UUID, ids: Sequence[UUID]) -> Callable[[], Iterator[tuple[UUID, Row]]]:
    """Attempts of the newest attempt's unpaid month, and kinds closed by a person."""
    tries = ask_tries(ids)

    def keys() -> Iterator[tuple[UUID, Row]]:
        found = dict(tries())
        untouched = _keys(NOTHING)
        return (
            (member_id, _keys(found[member_id]) if member_id in found else untouched)
            for member_id in ids
        )

    return keys


@config("follow_up")
def follow_up_config(agent_id: UUID) -> Json:
    """The thresholds and weights from which a phone derives its work list.

    With the tariff that it holds it derives a dearer month of any member too (R35), so that its
    rows need no key for that.
    """
    rules = work_rules()
    weights = rules.weights
    return {
        "opens_after_ended": rules.opens_after_ended,
        "first_payment_after_days": rules.first_payment_after_days,
        "sponsor_ending_days": rules.sponsor_ending_days,
        "price_change_days": settings.NOTICE_PRICE_CHANGE_DAYS.days,
        "priority": {
            "ended_month": weights.ended_month,
            "near_days": weights.near_days,
            "promise_broken": weights.promise_broken,
            "first_payment": weights.first_payment,
            "sponsor_ending": weights.sponsor_ending,
            "data": weights.data,
            "try": weights.each_try,
            "tries_max": weights.tries_max,
            "other_village": weights.other_village,
            "wait": weights.wait,
            "min": weights.minimum,
            "max": weights.maximum,
        },
    }


@config("activity")
def activity_config(agent_id: UUID) -> Json:
    """Full months without result, and, of who is warned, when a review would begin (R31)."""
    standing = idle_standing(agent_id, as_of=clock.today())
    return {
        "idle_months": standing.months,
        "warned": standing.is_warned,
        "review_on": _day(standing.review_on),
    }


def _keys(found: MemberTries) -> Row:
    tries = found.tries
    return {
        "attempts": tries.count if tries else 0,
        "last_attempt": _attempt(found.last) if found.last else None,
        "promise_on": _day(tries.promise_on) if tries else None,
        "follow_ups_closed": [
            {"kind": kind, "unpaid_since": format_month(month) if month else None}
            for kind, month in found.closed
        ],
    }


def _attempt(last: LastAttempt) -> Row:
    return {
        "at": last.on.isoformat(),
        "unpaid_since": format_month(last.unpaid_since) if last.unpaid_since else None,
        "contact": last.contact,
        "decision": last.decision or None,
        "next_on": _day(last.next_on),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
