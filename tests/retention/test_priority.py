"""The published formula of the work list, and when to try again."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from retention.asking import AttemptOutcome, next_attempt_on
from retention.priority import MemberFacts, Tries, WorkItem, WorkKind, WorkRules, work_item

RULES = WorkRules()
BUDI = MemberFacts(
    member_id=UUID("01a0fa8d-eb80-7a10-8c00-000000000127"),
    paid_through=date(2026, 8, 1),
    registered_on=date(2026, 1, 12),
    is_complete=True,
    is_in_own_village=True,
    tries=Tries(
        count=1,
        unpaid_since=date(2026, 9, 1),
        next_on=date(2026, 11, 26),
        promise_on=date(2026, 11, 25),
    ),
)
UNPAID = MemberFacts(
    member_id=UUID("01a0fa8d-eb80-7a10-8c00-000000000128"),
    paid_through=None,
    registered_on=date(2026, 11, 18),
    is_complete=True,
    is_in_own_village=True,
)


def item_of(facts: MemberFacts, as_of: date, rules: WorkRules = RULES) -> WorkItem:
    item = work_item(facts, as_of=as_of, rules=rules)
    assert item is not None
    return item


@pytest.mark.parametrize(
    ("as_of", "kinds", "parts", "priority"),
    [
        pytest.param(
            date(2026, 11, 20),
            ("arrears",),
            {"ended_month": 40, "near_days": 19, "try": -5, "wait": -40},
            14,
            id="promise still open",
        ),
        pytest.param(
            date(2026, 11, 26),
            ("arrears", "promise_broken"),
            {"ended_month": 40, "near_days": 25, "promise_broken": 15, "try": -5},
            75,
            id="promise broken",
        ),
        pytest.param(
            date(2026, 12, 1),
            ("arrears", "promise_broken"),
            {"ended_month": 60, "promise_broken": 15, "try": -5},
            70,
            id="lapsed",
        ),
    ],
)
def test_budi_contoh_gets_the_published_points(
    as_of: date, kinds: tuple[str, ...], parts: dict[str, int], priority: int
) -> None:
    item = item_of(BUDI, as_of)
    assert item.kinds == kinds
    assert item.parts == parts
    assert item.priority == priority
    assert item.unpaid_since == date(2026, 9, 1)
    assert item.lapses_on == date(2026, 12, 1)


def test_attempts_on_another_unpaid_month_count_for_nothing() -> None:
    paid_since = replace(BUDI, paid_through=date(2026, 9, 1))
    item = item_of(paid_since, date(2026, 11, 26))
    assert item.kinds == ("arrears",)
    assert item.parts == {"ended_month": 20}


def test_tries_count_up_to_the_most_and_the_sum_is_never_below_zero() -> None:
    many = Tries(
        count=9, unpaid_since=date(2026, 10, 1), next_on=date(2026, 11, 30), promise_on=None
    )
    facts = replace(BUDI, paid_through=date(2026, 9, 1), tries=many, is_in_own_village=False)
    item = item_of(facts, date(2026, 11, 1))
    assert item.parts == {"ended_month": 20, "try": -15, "other_village": -5, "wait": -40}
    assert item.priority == 0


def test_the_sum_is_never_above_hundred() -> None:
    heavy = replace(RULES, weights=replace(RULES.weights, ended_month=60))
    assert item_of(BUDI, date(2026, 11, 26), heavy).priority == 100


@pytest.mark.parametrize(
    ("as_of", "kinds"),
    [(date(2026, 11, 24), None), (date(2026, 11, 25), ("first_payment",))],
    ids=["six days", "seven days"],
)
def test_first_payment_is_asked_for_after_a_week(
    as_of: date, kinds: tuple[str, ...] | None
) -> None:
    item = work_item(UNPAID, as_of=as_of, rules=RULES)
    assert (item.kinds if item else None) == kinds


def test_a_broken_promise_of_a_first_payment_is_found_by_its_empty_month() -> None:
    tries = Tries(count=1, unpaid_since=None, next_on=None, promise_on=date(2026, 11, 20))
    item = item_of(replace(UNPAID, tries=tries), date(2026, 11, 21))
    assert item.kinds == ("promise_broken",)
    assert item.parts == {"promise_broken": 15, "try": -5}


def test_missing_data_and_an_ending_sponsor_make_work_of_their_own() -> None:
    facts = replace(
        BUDI,
        paid_through=date(2026, 12, 1),
        tries=None,
        is_complete=False,
        sponsored_until=date(2026, 12, 31),
    )
    item = item_of(facts, date(2026, 11, 1))
    assert item.kinds == ("sponsor_ending", "data")
    assert item.parts == {"sponsor_ending": 10, "data": 5}
    assert (
        work_item(replace(facts, is_complete=True), as_of=date(2026, 10, 31), rules=RULES) is None
    )


def test_a_sponsor_whose_term_is_over_makes_no_work() -> None:
    facts = replace(
        BUDI, paid_through=date(2026, 12, 1), tries=None, sponsored_until=date(2026, 10, 31)
    )
    assert work_item(facts, as_of=date(2026, 11, 1), rules=RULES) is None


def test_what_a_person_closed_is_left_out_and_the_rest_stays() -> None:
    closed = frozenset({("arrears", date(2026, 9, 1))})
    item = item_of(replace(BUDI, closed_by_a_person=closed), date(2026, 11, 26))
    assert item.kinds == (WorkKind.PROMISE_BROKEN,)
    older = frozenset({("arrears", date(2026, 8, 1))})
    item = item_of(replace(BUDI, closed_by_a_person=older), date(2026, 11, 26))
    assert item.kinds == ("arrears", "promise_broken")


def test_the_threshold_of_arrears_is_a_setting() -> None:
    patient = replace(RULES, opens_after_ended=2)
    facts = replace(BUDI, tries=None)
    assert work_item(facts, as_of=date(2026, 10, 31), rules=patient) is None
    assert item_of(facts, date(2026, 11, 1), patient).kinds == ("arrears",)


def test_order_is_priority_then_lapse_then_id() -> None:
    soon = item_of(replace(BUDI, tries=None), date(2026, 11, 1))
    never = item_of(UNPAID, date(2026, 11, 25))
    twin = item_of(replace(BUDI, tries=None, member_id=UUID(int=1)), date(2026, 11, 1))
    late = replace(never, priority=soon.priority)
    assert sorted([late, soon, twin, never], key=lambda item: item.place) == [
        twin,
        soon,
        late,
        never,
    ]


@pytest.mark.parametrize(
    ("contact", "decision", "promise_on", "expected"),
    [
        ("no_answer", "", None, date(2026, 11, 21)),
        ("not_home", "", None, date(2026, 11, 21)),
        ("met_member", "promised", date(2026, 11, 25), date(2026, 11, 26)),
        ("met_member", "lean_season", None, date(2026, 12, 19)),
        ("met_member", "not_interested", None, None),
        ("number_wrong", "", None, None),
    ],
)
def test_the_next_attempt_follows_from_the_outcome(
    contact: str, decision: str, promise_on: date | None, expected: date | None
) -> None:
    outcome = AttemptOutcome(
        tried_on=date(2026, 11, 19), contact=contact, decision=decision, promise_on=promise_on
    )
    assert next_attempt_on(outcome) == expected


def test_after_three_attempts_nothing_is_asked_for_whatever_the_last_one_said() -> None:
    outcome = AttemptOutcome(
        tried_on=date(2026, 11, 19),
        contact="met_member",
        decision="not_interested",
        promise_on=None,
    )
    twice = [date(2026, 11, 12), date(2026, 11, 17)]
    assert next_attempt_on(outcome, earlier=twice) == date(2026, 11, 26)
    assert next_attempt_on(outcome, earlier=[date(2026, 11, 1), date(2026, 11, 17)]) is None


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([date(2026, 11, 17)], date(2026, 11, 21)),
        ([date(2026, 11, 15), date(2026, 11, 17)], date(2026, 11, 29)),
        ([date(2026, 11, 1), date(2026, 11, 17)], date(2026, 11, 21)),
    ],
    ids=["second", "third in a week", "third in three weeks"],
)
def test_three_attempts_in_fourteen_days_are_enough(earlier: list[date], expected: date) -> None:
    outcome = AttemptOutcome(
        tried_on=date(2026, 11, 19), contact="not_home", decision="", promise_on=None
    )
    assert next_attempt_on(outcome, earlier=earlier) == expected
