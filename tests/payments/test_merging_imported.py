"""Of rows that were brought in with months one may end: whose months the other row has (R23)."""

from datetime import date

import pytest

from enrollment.errors import BothHavePaid, BothWereImported, ImportedRowStays, MemberHasPaid
from payments.errors import MergeRowsDiffer
from payments.models import OpeningCover, PostAgent
from tests.factories.payments import imported_member, paid
from tests.payments.ledger import give_credit, months_of
from tests.payments.merges import Pair, credits, decider_of, merge_rows, two_rows
from tests.payments.test_checks import broken

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> Pair:
    """Twice the same person in one agent's care."""
    return two_rows()


def merge(pair: Pair) -> None:
    """A supervisor decides that the first is the second."""
    merge_rows(*pair, by=decider_of(pair))
    for member in pair:
        member.refresh_from_db()


@pytest.mark.parametrize(
    ("winner_is", "refusal"), [("paid", ImportedRowStays), ("new", MemberHasPaid)]
)
def test_imported_row_stays_and_says_why(
    winner_is: str, refusal: type[Exception], pair: Pair, outlet: PostAgent
) -> None:
    loser, winner = imported_member(pair[0].agent), pair[1]
    if winner_is == "paid":
        paid(winner, outlet)

    with pytest.raises(refusal):
        merge((loser, winner))

    loser.refresh_from_db()
    assert (loser.closed_on, loser.merged_into) == (None, None)


OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
EARLY, LATE = date(2025, 3, 12), date(2025, 6, 1)
Brought = tuple[date, date | None]
"""Through which month, and since when."""


@pytest.mark.parametrize(
    ("lost", "kept", "refusal"),
    [
        ((OCTOBER, EARLY), (OCTOBER, EARLY), None),
        ((SEPTEMBER, LATE), (OCTOBER, EARLY), None),
        ((SEPTEMBER, None), (OCTOBER, EARLY), None),
        ((OCTOBER, None), (OCTOBER, None), None),
        ((OCTOBER, EARLY), (SEPTEMBER, EARLY), ImportedRowStays),
        ((OCTOBER, EARLY), (OCTOBER, LATE), ImportedRowStays),
        ((OCTOBER, EARLY), (OCTOBER, None), ImportedRowStays),
        ((SEPTEMBER, EARLY), (OCTOBER, LATE), BothWereImported),
    ],
)
def test_of_two_imported_rows_the_one_ends_whose_months_the_other_has_too(
    lost: Brought, kept: Brought, refusal: type[Exception] | None, pair: Pair, outlet: PostAgent
) -> None:
    loser, winner = twice_imported(pair, lost, kept)
    give_credit(loser, 5_000, outlet.partner)
    opened = list(OpeningCover.objects.order_by("pk").values())
    covers = [(one.paid_through, one.episode_started_on) for one in (loser, winner)]

    if refusal is None:
        merge((loser, winner))
    else:
        with pytest.raises(refusal):
            merge((loser, winner))
        loser.refresh_from_db()

    assert loser.merged_into == (winner if refusal is None else None)
    assert credits((loser, winner)) == ((0, 5_000) if refusal is None else (5_000, 0))
    assert list(OpeningCover.objects.order_by("pk").values()) == opened
    assert [(one.paid_through, one.episode_started_on) for one in (loser, winner)] == covers
    assert broken() == {}


def test_imported_row_that_paid_since_or_looks_otherwise_does_not_end(
    pair: Pair, outlet: PostAgent
) -> None:
    loser, winner = twice_imported(pair, (OCTOBER, EARLY), (OCTOBER, EARLY))
    winner.full_name = "Siti Aminah"
    winner.save(update_fields=["full_name"])
    with pytest.raises(MergeRowsDiffer):
        merge((loser, winner))

    paid(loser, outlet)
    with pytest.raises(BothHavePaid):
        merge((loser, winner))
    assert (months_of(loser), loser.merged_into) == (["2026-11"], None)


def twice_imported(pair: Pair, *brought: Brought) -> Pair:
    """The same person in two rows of the old data, with what each brought."""
    first, second = (
        imported_member(
            pair[0].agent,
            birth_date=pair[0].birth_date,
            paid_through=through,
            episode_started_on=since,
        )
        for through, since in brought
    )
    return first, second


def test_row_that_paid_beside_an_imported_one_is_told_how_it_ends(
    pair: Pair, outlet: PostAgent
) -> None:
    paid(pair[0], outlet)

    with pytest.raises(BothHavePaid):
        merge((pair[0], imported_member(pair[0].agent)))


def test_row_that_never_paid_ends_in_an_imported_one(pair: Pair, outlet: PostAgent) -> None:
    give_credit(pair[0], 5_000, outlet.partner)
    kept = imported_member(pair[0].agent, birth_date=pair[0].birth_date)

    merge((pair[0], kept))

    assert credits((pair[0], kept)) == (0, 5_000)
    assert broken() == {}
