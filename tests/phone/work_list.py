"""Whom to visit and why: derived from the rows of the book and the config, never stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.phone.cover import end_of, ended_months, first_day, number_of, text_of

Row = Mapping[str, Any]


def derived_list(
    rows: Mapping[str, Row], config: Row, *, today: date, villages: frozenset[str]
) -> list[dict[str, Any]]:
    """Every member who needs a visit, in the order of the screen."""
    lines = [derived_line(key, rows[key], config, today, villages) for key in rows]
    return sorted((line for line in lines if line is not None), key=place_of)


def place_of(line: Row) -> tuple[int, int, date, str]:
    """Who is not scored above all; then by priority, by the day of the lapse, by id."""
    is_scored = line["priority"] is not None
    lapses = date.fromisoformat(line["lapses_on"]) if line["lapses_on"] else date.max
    return (int(is_scored), -line["priority"] if is_scored else 0, lapses, line["member_id"])


def derived_line(
    key: str, row: Row, config: Row, today: date, villages: frozenset[str]
) -> dict[str, Any] | None:
    """One member's line; None without a kind of work."""
    if row["closed_on"] is not None or row["restricted"]:
        return None
    paid = number_of(row["paid_through"]) if row["paid_through"] else None
    lapse_after = config["cover"]["lapse_after_ended_months"]
    facts = {
        "today": today,
        "is_away": row["village_code"] not in villages,
        "unpaid_since": None if paid is None else text_of(paid + 1),
        "ended": ended_months(row, today),
        "lapses_on": None if paid is None else first_day(paid + lapse_after + 1),
        "lapse_after": lapse_after,
    }
    kinds = kinds_of(row, facts, config["follow_up"])
    if not kinds:
        return None
    weights = config["follow_up"]["priority"]
    parts = parts_of(row, facts, kinds, weights)
    points = min(weights["max"], max(weights["min"], sum(parts.values())))
    return {
        "member_id": key,
        "kinds": kinds,
        "unpaid_since": facts["unpaid_since"],
        "lapses_on": facts["lapses_on"].isoformat() if facts["lapses_on"] else None,
        "priority": points if row["scored"] else None,
        "priority_parts": parts if row["scored"] else {},
    }


def is_about_this_month(row: Row, facts: Row) -> bool:
    """Whether the newest attempt is about the first unpaid month, which may be none."""
    last = row["last_attempt"]
    return last is not None and last["unpaid_since"] == facts["unpaid_since"]


def kinds_of(row: Row, facts: Row, rules: Row) -> list[str]:
    """Why the member needs a visit, but for what a person closed."""
    today = facts["today"]
    waited = (today - date.fromisoformat(row["registered_on"])).days
    promise, until = row["promise_on"], row["payer"]["until"]
    applies = {
        "arrears": facts["ended"] >= rules["opens_after_ended"],
        "first_payment": row["paid_through"] is None
        and waited >= rules["first_payment_after_days"],
        "promise_broken": promise is not None
        and date.fromisoformat(promise) < today
        and is_about_this_month(row, facts),
        "sponsor_ending": until is not None
        and 0 <= (end_of(until) - today).days <= rules["sponsor_ending_days"],
        "data": bool(row["missing"]),
    }
    closed = [(one["kind"], one["unpaid_since"]) for one in row["follow_ups_closed"]]
    return [
        kind
        for kind, is_so in applies.items()
        if is_so and (kind, facts["unpaid_since"]) not in closed
    ]


def parts_of(row: Row, facts: Row, kinds: list[str], weights: Row) -> dict[str, int]:
    """What the priority is the sum of."""
    today = facts["today"]
    parts = {"ended_month": weights["ended_month"] * min(facts["ended"], facts["lapse_after"])}
    if 1 <= facts["ended"] < facts["lapse_after"]:
        parts["near_days"] = max(0, weights["near_days"] - (facts["lapses_on"] - today).days)
    parts |= {kind: weights[kind] for kind in kinds if kind != "arrears"}
    if facts["is_away"]:
        parts["other_village"] = weights["other_village"]
    if is_about_this_month(row, facts):
        parts["try"] = weights["try"] * min(row["attempts"], weights["tries_max"])
        next_on = row["last_attempt"]["next_on"]
        if next_on is not None and today < date.fromisoformat(next_on):
            parts["wait"] = weights["wait"]
    return {name: points for name, points in parts.items() if points}
