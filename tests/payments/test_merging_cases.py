"""An agent says that a row is a double, and a supervisor decides: what he is told (R23)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.errors import BothHavePaid, BothWereImported, MemberClosed, MemberHasPaid
from enrollment.models import ClosedReason, Member, MemberChange
from payments.errors import MergeMeetsOpenBill, MergeMeetsSuspense, MergeRowsDiffer
from payments.models import OpeningCover, PostAgent
from perisai import clock
from perisai.errors import DomainError
from perisai.models import User
from sync.models import BookEntry, CaseState, Conflict
from sync.services.decide import Word, decide
from tests.factories.enrollment import in_book
from tests.factories.payments import bill_for, paid
from tests.factories.perisai import DeviceFactory, ImportRunFactory
from tests.payments.late import booked, notice_of
from tests.payments.ledger import give_credit, money_rows
from tests.payments.merges import Pair, credits, decider_of, two_rows
from tests.supervision.entering import open_office
from tests.sync.phones import op, phone_of

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("worked_day", "books_add_up"),
]
REASON: Final = "sudah diperiksa dengan kartu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A double that waits for the supervisor; the first row of the pair is to end."""

    pair: Pair
    case: Conflict
    supervisor: User

    def say(self, decision: Any) -> None:
        """His word."""
        word = Word(decision=decision, reason=REASON)
        decide(self.case.pk, word, by=self.supervisor, now=clock.now())


@pytest.fixture
def held(outlet: PostAgent) -> Held:
    phone = phone_of(DeviceFactory.create())
    pair = two_rows(phone.device.agent)
    give_credit(pair[0], 5_000, outlet.partner)
    for member in pair:
        in_book(member)
    data = {"reason": "duplicate", "on": "2026-11-18", "duplicate_of": str(pair[1].pk)}
    (result,) = phone.push(op(1, "member.close", entity_id=pair[0].pk, data=data))
    assert (result["result"], result["code"]) == ("conflict", "review_required"), result
    return Held(pair=pair, case=Conflict.objects.get(), supervisor=decider_of(pair))


def browser_of(user: User) -> Client:
    """In which he is logged in."""
    browser = Client()
    open_office(browser, user)
    return browser


def billed(pair: Pair, _outlet: PostAgent) -> None:
    bill_for(pair[0])


def suspended(pair: Pair, outlet: PostAgent) -> None:
    booked(notice_of(outlet.partner, pair[0].kpj, 20_000), now=clock.now())


def renamed(pair: Pair, _outlet: PostAgent) -> None:
    pair[1].full_name = "Siti Aminah"
    pair[1].save(update_fields=["full_name"])


def ended(pair: Pair, _outlet: PostAgent) -> None:
    pair[1].closed_on, pair[1].closed_reason = date(2026, 11, 19), ClosedReason.DECEASED
    pair[1].save(update_fields=["closed_on", "closed_reason"])


def has_paid(pair: Pair, outlet: PostAgent) -> None:
    paid(pair[0], outlet)


def both_paid(pair: Pair, outlet: PostAgent) -> None:
    for member in pair:
        paid(member, outlet)


def both_imported(pair: Pair, _outlet: PostAgent) -> None:
    """Each with a month that the other one lacks."""
    run = ImportRunFactory.create()
    import_cover(pair[0], run, date(2025, 3, 12), date(2026, 9, 1))
    import_cover(pair[1], run, date(2025, 6, 1), date(2026, 10, 1))


def import_cover(member: Member, run: Any, since: date, through: date) -> None:
    columns: dict[str, Any] = {
        "paid_through": through,
        "episode_no": 1,
        "episode_started_on": since,
    }
    for name, value in columns.items():
        setattr(member, name, value)
    member.save(update_fields=[*columns])
    OpeningCover.objects.create(member=member, run=run, **columns)


REFUSALS: Final[dict[Callable[[Pair, PostAgent], None], type[DomainError]]] = {
    billed: MergeMeetsOpenBill,
    suspended: MergeMeetsSuspense,
    renamed: MergeRowsDiffer,
    ended: MemberClosed,
    has_paid: MemberHasPaid,
    both_paid: BothHavePaid,
    both_imported: BothWereImported,
}


@pytest.mark.parametrize("decision", ["apply", "merge"])
def test_decided_double_is_merged_with_its_credit(held: Held, decision: str) -> None:
    held.say(decision)

    loser = Member.objects.get(pk=held.pair[0].pk)
    assert (loser.merged_into, loser.closed_on) == (held.pair[1], date(2026, 11, 18))
    assert credits(held.pair) == (0, 5_000)
    entry = BookEntry.objects.get(entity="member", entity_id=loser.pk)
    assert (entry.is_present, entry.into_id) == (False, held.pair[1].pk)


@pytest.mark.parametrize("stand_in_the_way", REFUSALS, ids=lambda act: str(act.__name__))
def test_refused_merge_leaves_the_case_open_and_everything_as_it_was(
    stand_in_the_way: Callable[[Pair, PostAgent], None], held: Held, outlet: PostAgent
) -> None:
    stand_in_the_way(held.pair, outlet)
    rows, before = money_rows(), credits(held.pair)

    with pytest.raises(REFUSALS[stand_in_the_way]):
        held.say("apply")

    held.case.refresh_from_db()
    loser = Member.objects.get(pk=held.pair[0].pk)
    assert (held.case.state, held.case.decided_by) == (CaseState.OPEN, None)
    assert (loser.merged_into, loser.closed_reason) == (None, held.pair[0].closed_reason)
    assert (money_rows(), credits(held.pair)) == (rows, before)
    assert not MemberChange.objects.filter(member=loser).exists()
    assert BookEntry.objects.get(entity="member", entity_id=loser.pk).is_present
    held.say("refuse")


@pytest.mark.parametrize("stand_in_the_way", REFUSALS, ids=lambda act: str(act.__name__))
def test_page_tells_why_a_merge_is_refused(
    stand_in_the_way: Callable[[Pair, PostAgent], None],
    held: Held,
    outlet: PostAgent,
) -> None:
    stand_in_the_way(held.pair, outlet)
    url = reverse("admin:sync_conflict_act", args=[held.case.pk, "apply"])

    answer = browser_of(held.supervisor).post(url, {"reason": REASON})

    assert answer.status_code == 422
    assert str(REFUSALS[stand_in_the_way].title) in answer.content.decode()


def test_page_shows_the_balance_that_moves_before_anybody_decides(held: Held) -> None:
    url = reverse("admin:sync_conflict_change", args=[held.case.pk])
    browser = browser_of(held.supervisor)

    before = browser.get(url).content.decode()
    held.say("refuse")
    after = browser.get(url).content.decode()

    label = "saldo yang berpindah bila digabung"
    assert label in before
    assert "Rp5.000" in before
    assert label not in after
