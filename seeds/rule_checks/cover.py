"""Answers for due dates (R13), cover states (R14, R15), JKM tiers (R19) and ages (R21)."""

from dataclasses import replace
from datetime import date

from enrollment.ages import AgeLimits, age_result, completed_years
from enrollment.cover import CoverDay, CoverKind, cover_state, ended_months, lapses_on
from enrollment.jkm import PaidTime, jkm_grant
from payments.due_dates import DayOff, Postponement, due_date, postponements
from perisai.months import month_of
from seeds.holiday_source import holiday_basis
from seeds.rule_checks.cells import Row, cell, cell_if_filled, day, flag, month, text
from seeds.rule_checks.rulebook import Rulebook

DUE_INPUTS = ("month",)
DUE_ANSWERS = ("due_cuti_counted", "due_cuti_not_counted", "basis", "moved_by")
COVER_INPUTS = ("paid_through", "as_of", "threshold", "cuti_bersama_counts")
COVER_ANSWERS = ("state", "unpaid_ended_months", "lapses_on", "due_on")
JKM_INPUTS = (
    "first_paid_on",
    "earlier_first_paid_on",
    "clock_restarts",
    "paid_through",
    "died_on",
)
JKM_ANSWERS = ("full_from", "tier", "amount")
AGE_INPUTS = ("born_on", "registered_on", "first_paid_on", "kind", "min_age", "max_age_exclusive")
AGE_ANSWERS = ("age_registered", "age_paid", "result")

_DAY_OFF_WORDS = {
    DayOff.WEEKEND: "weekend",
    DayOff.HOLIDAY: "holiday",
    DayOff.JOINT_LEAVE: "cuti bersama",
}


def answer_due_date(row: Row, rulebook: Rulebook) -> Row:
    """The due date under both readings of joint leave, and the days that moved it."""
    asked = cell(row, "month", month)
    holidays, due_day = rulebook.holidays(asked), rulebook.due_day
    counted = due_date(asked, holidays, due_day=due_day)
    not_counted = due_date(asked, holidays, due_day=due_day, cuti_bersama_counts=False)
    moved = postponements(asked, holidays, due_day=due_day)
    return {
        "due_cuti_counted": str(counted),
        "due_cuti_not_counted": str(not_counted),
        "basis": holiday_basis(asked.year).value,
        "moved_by": " | ".join(_moved(step) for step in moved),
    }


def answer_cover_state(row: Row, rulebook: Rulebook) -> Row:
    """The state on a day, when it ends, and the due date of that day's month."""
    as_of, paid_through = cell(row, "as_of", day), cell_if_filled(row, "paid_through", month)
    due_on = _due_on(row, as_of, rulebook)
    lapse_after = cell(row, "threshold", int)
    cover_day = CoverDay(as_of=as_of, due_on=due_on, lapse_after=lapse_after)
    state = cover_state(paid_through, closed_on=None, day=cover_day)
    return {
        "state": state.value.upper(),
        "unpaid_ended_months": str(ended_months(paid_through, as_of=as_of)),
        "lapses_on": text(lapses_on(paid_through, lapse_after=lapse_after)),
        "due_on": str(due_on),
    }


def answer_jkm_tier(row: Row, rulebook: Rulebook) -> Row:
    """The tier at a death, from when it is full, and its amount."""
    paid = PaidTime(
        first_paid_on=cell(row, "first_paid_on", day),
        paid_through=cell(row, "paid_through", month),
        earlier_first_paid_on=cell_if_filled(row, "earlier_first_paid_on", day),
    )
    rule = replace(rulebook.jkm, clock_restarts_on_reentry=cell(row, "clock_restarts", flag))
    grant = jkm_grant(cell(row, "died_on", day), paid=paid, rule=rule)
    return {
        "full_from": str(grant.full_from),
        "tier": grant.tier.value,
        "amount": text(grant.amount),
    }


def answer_age(row: Row, rulebook: Rulebook) -> Row:
    """Ages in completed years at registration and payment, and the verdict."""
    born_on, registered_on = cell(row, "born_on", day), cell(row, "registered_on", day)
    paid_on = cell_if_filled(row, "first_paid_on", day)
    result = age_result(
        born_on,
        registered_on=registered_on,
        paid_on=paid_on,
        kind=cell(row, "kind", _kind),
        limits=AgeLimits(
            minimum=cell(row, "min_age", int),
            maximum_exclusive=cell(row, "max_age_exclusive", int),
            checked_on_reentry=rulebook.age_checked_on_reentry,
        ),
    )
    return {
        "age_registered": str(completed_years(born_on, registered_on)),
        "age_paid": text(completed_years(born_on, paid_on) if paid_on else None),
        "result": result.value,
    }


def _kind(word: str) -> CoverKind:
    return CoverKind.CONTINUE if word == "continuing" else CoverKind(word)


def _due_on(row: Row, as_of: date, rulebook: Rulebook) -> date:
    running = month_of(as_of)
    return due_date(
        running,
        rulebook.holidays(running),
        due_day=rulebook.due_day,
        cuti_bersama_counts=cell(row, "cuti_bersama_counts", flag),
    )


def _moved(step: Postponement) -> str:
    words = "; ".join(_DAY_OFF_WORDS[reason] for reason in step.reasons)
    return f"{step.day:%m-%d} {words}"
