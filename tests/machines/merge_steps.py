"""Two rows of one person become one, at any moment, beside the model."""

from uuid import UUID

from enrollment.models import Member
from perisai.errors import DomainError
from perisai.models import Role
from tests.factories.perisai import UserFactory
from tests.machines.effects import took_effect
from tests.machines.money_model import Money
from tests.machines.money_people import Person, day_of
from tests.machines.money_steps import Steps, Word
from tests.payments.merges import merge_rows


def merge(steps: Steps, loser: UUID, winner: UUID, *, at: int) -> bool:
    """A supervisor decides that the first is the second; whether it was done.

    The connection may break at a statement; then it is tried again.
    """
    row, other = Member.objects.get(pk=loser), Member.objects.get(pk=winner)
    supervisor, now = UserFactory.create(role=Role.SUPERVISOR, branch=row.branch), steps.now

    def decided() -> Word:
        try:
            merge_rows(row, other, by=supervisor, at=now)
        except DomainError as refusal:
            return refusal.code
        return "done"

    word = steps.broken(decided, at=at) or decided()
    expected = _stands_against(steps, loser, winner) or "done"
    assert word == expected, (word, expected)
    if word == "done":
        _note(steps, loser, winner)
    return word == "done"


def spoken_kpj(steps: Steps, person: UUID) -> str:
    """Her number as somebody has it: that of the newest row that was merged into hers, if any."""
    people = steps.money.people.values()
    old = [one.id for one in people if one.merged_into == person]
    if old:
        took_effect("number of a merged row")
    return Member.objects.values_list("kpj", flat=True).get(pk=[person, *old][-1])


def _stands_against(steps: Steps, loser: UUID, winner: UUID) -> str | None:
    money = steps.money
    row, other = money.people[loser], money.people[winner]
    if row.episode:
        if row.brought.episode and other.episode and not _brought_twice(row, other):
            return "imported_row_stays"
        if row.months or not row.brought.episode or not other.episode:
            return "both_have_paid" if other.episode else "member_has_paid"
    bills = [quote for quote in money.quotes.values() if loser in quote.people]
    if any(money.is_open(quote, now=steps.now) for quote in bills):
        return "merge_meets_open_bill"
    return "merge_meets_suspense" if _is_awaited(money, loser) else None


def _brought_twice(row: Person, other: Person) -> bool:
    """Whether all months that the row was brought in with are the other one's too."""
    through, others = row.brought.paid_through, other.brought.paid_through
    return through is not None and others is not None and through <= others


def _is_awaited(money: Money, person: UUID) -> bool:
    """Whether money without an owner names her number, or a bill of hers."""
    kpj = Member.objects.values_list("kpj", flat=True).get(pk=person)
    named = {quote.code for quote in money.quotes.values() if person in quote.people} | {kpj}
    return any(late.rest and late.content[0] in named for late in money.late.values())


def _note(steps: Steps, loser: UUID, winner: UUID) -> None:
    row, other = steps.money.people[loser], steps.money.people[winner]
    took_effect("merge")
    if row.episode:
        took_effect("merge of an imported row")
    other.is_sponsored, row.is_sponsored = other.is_sponsored or row.is_sponsored, False
    if row.credit:
        took_effect("merge of credit")
    other.credit, row.credit = other.credit + row.credit, 0
    row.closed_on, row.closed_reason, row.merged_into = day_of(steps.now), "duplicate", winner
