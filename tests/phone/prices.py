"""What months cost, and when they cost more: derived from row, configuration and code list."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tests.phone.cover import Row, first_day, number_of


def derived_rise(
    row: Row, config: Row, *, today: date, transport: frozenset[str]
) -> tuple[str, int, int] | None:
    """The first dearer month that is not paid and near enough: month, from, to; or None."""
    if row["closed_on"] or row["restricted"] or row["missing"] or row["paid_through"] is None:
        return None
    paid, running = number_of(row["paid_through"]), number_of(f"{today:%Y-%m}")
    has_lapsed = running - paid - 1 >= config["cover"]["lapse_after_ended_months"]
    if payer_on(row, today) != "self" or has_lapsed:
        return None
    month = running + 1
    while (first_day(month) - today).days <= config["follow_up"]["price_change_days"]:
        was, becomes = (price(one, row, config["tariff"], transport) for one in (month - 1, month))
        if paid < month and was < becomes:
            return (f"{first_day(month):%Y-%m}", was, becomes)
        month += 1
    return None


def payer_on(row: Row, today: date) -> str:
    """The kind of who pays on a day; a contract that has not begun, or is over, pays nothing."""
    payer = row["payer"]
    begins, ends = payer.get("begins_on") or date.min, payer.get("ends_on") or date.max
    return str(payer["kind"]) if str(begins) <= today.isoformat() <= str(ends) else "self"


def price(month: int, row: Row, tariff: Row, transport: frozenset[str]) -> int:
    """What a month costs who pays alone: each programme rounded half up."""
    is_driver = any(one["is_main"] and one["code"] in transport for one in row["occupations"])
    fitting = [
        one
        for one in tariff["discounts"]
        if number_of(one["month_from"]) <= month <= number_of(one["month_to"])
        and one["sector"] in {None, "transport" if is_driver else "non_transport"}
        and "self" not in one["excluded_payers"]
        and set(one["programmes"]) & set(row["programmes"])
    ]
    best = max(fitting, key=lambda one: (one["percent_off"], one["code"]), default=None)
    total = 0
    for programme in row["programmes"]:
        rate = newest(tariff["rates"], month, programme=programme)
        left = 100 - best["percent_off"] if best and programme in best["programmes"] else 100
        flat = rate["flat_amount"]
        full, parts = (
            (flat, 1) if flat is not None else (row["base_income"] * rate["basis_points"], 10_000)
        )
        total += (2 * full * left + parts * 100) // (2 * parts * 100)
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstBill:
    """The first bill of a form, in rupiah.

    `own`: by what the form says. `asked`: what a counter takes as long as the form has not arrived:
    the least that anybody pays. Too much becomes credit, too little covers fewer months.
    """

    own: int
    asked: int


LEAST: Final = {"income_monthly": 0, "programmes": ["JKK", "JKM"], "occupations": []}


def first_bill(
    data: Row, months: int, config: Row, *, today: date, transport: frozenset[str] = frozenset()
) -> FirstBill:
    """What the months from this one on cost who has never paid."""
    running = number_of(f"{today:%Y-%m}")
    own, least = (
        sum(
            price(month, _with_base(form, month, config["tariff"]), config["tariff"], transport)
            for month in range(running, running + months)
        )
        for form in (data, LEAST)
    )
    return FirstBill(own=own, asked=least)


def _with_base(form: Row, month: int, tariff: Row) -> Row:
    """A form as a row: with the base of its income in the table that is valid in a month."""
    starts = {one["valid_from"] for one in tariff["brackets"]}
    table = max(start for start in starts if number_of(start) <= month)
    base = max(
        (one["min_income"], one["base_income"])
        for one in tariff["brackets"]
        if one["valid_from"] == table and one["min_income"] <= form["income_monthly"]
    )[1]
    return {**form, "base_income": base}


def newest(rates: list[dict[str, Any]], month: int, *, programme: str) -> dict[str, Any]:
    """The rate of a programme that is valid in a month."""
    own = [one for one in rates if one["programme"] == programme]
    return max(
        (one for one in own if number_of(one["valid_from"]) <= month),
        key=lambda one: one["valid_from"],
    )
