"""Two rows of one person become one, and her money goes with her (R23)."""

from datetime import date

import pytest

from enrollment.errors import BothHavePaid, MemberClosed, MemberHasPaid
from enrollment.models import ClosedReason
from payments.errors import MergeMeetsOpenBill, MergeMeetsSuspense, MergeRowsDiffer
from payments.models import (
    Account,
    Bill,
    CorrectionKind,
    JournalEntry,
    JournalLine,
    LateMoney,
    MemberPayer,
    PostAgent,
)
from payments.services.billing import cancel_bill
from payments.services.corrections import CorrectionDraft, request_correction
from payments.services.duties import open_duty
from payments.services.late_corrections import late_details
from perisai.erasing import Subject
from sync.models import BookEntry
from tests.factories.payments import (
    NOW,
    MemberPayerFactory,
    PayerFactory,
    bill_for,
    cared_for_member,
    paid,
)
from tests.payments.late import ask_release, booked, confirm, finance, notice_of
from tests.payments.ledger import balances, give_credit, money_rows, months_of
from tests.payments.merges import Pair, credits, decider_of, merge_rows, two_rows
from tests.payments.test_checks import behind_the_triggers, broken
from tests.statements import run_sql

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


def test_credit_goes_with_the_row_and_pays_for_the_one_that_stays(
    pair: Pair, outlet: PostAgent
) -> None:
    give_credit(pair[0], 5_000, outlet.partner)
    give_credit(pair[1], 1_000, outlet.partner)

    merge(pair)

    assert (pair[0].merged_into, credits(pair)) == (pair[1], (0, 6_000))
    entry = JournalEntry.objects.get(kind="merge")
    lines = JournalLine.objects.filter(entry=entry).order_by("line_no")
    assert [(line.account_id, line.member_id, line.amount) for line in lines] == [
        (Account.MEMBER_CREDIT, pair[0].pk, 5_000),
        (Account.MEMBER_CREDIT, pair[1].pk, -5_000),
    ]
    assert (entry.reference, entry.settlement_date) == (str(pair[0].pk), NOW.date())
    assert entry.actor.startswith("user:")
    assert paid(pair[1], outlet).amount == 8_400 - 6_000
    assert broken() == {}
    assert open_duty(Subject(kind="member", ids=(pair[0].pk,), at=NOW)) is None


def test_row_without_money_is_merged_without_an_entry(pair: Pair) -> None:
    rows = money_rows()

    merge(pair)

    assert (pair[0].merged_into, money_rows()) == (pair[1], rows)


def test_open_bill_forbids_the_merge_until_it_is_cancelled(pair: Pair, outlet: PostAgent) -> None:
    give_credit(pair[0], 5_000, outlet.partner)
    bill = bill_for(pair[0])

    with pytest.raises(MergeMeetsOpenBill) as refused:
        merge(pair)

    pair[0].refresh_from_db()
    assert (pair[0].closed_on, credits(pair)) == (None, (5_000, 0))
    assert refused.value.context == {"until": bill.expires_at.date().isoformat()}
    cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW)
    merge(pair)
    assert credits(pair) == (0, 5_000)


def test_suspense_under_the_rows_number_forbids_the_merge_until_it_is_released(
    pair: Pair, outlet: PostAgent
) -> None:
    late = booked(notice_of(outlet.partner, pair[0].kpj, 20_000))

    with pytest.raises(MergeMeetsSuspense):
        merge(pair)

    confirm(ask_release(late, pair[1].kpj, is_credit=True))
    merge(pair)
    assert credits(pair) == (0, 20_000)


def test_suspense_under_a_bill_of_the_row_forbids_the_merge(pair: Pair, outlet: PostAgent) -> None:
    bill = bill_for(pair[0])
    cancel_bill(bill.code, bills=Bill.objects.all(), now=NOW)
    late = booked(notice_of(outlet.partner, bill.code, 8_000))
    assert late.suspended == 8_000

    with pytest.raises(MergeMeetsSuspense):
        merge(pair)

    confirm(ask_release(late, pair[1].kpj, is_credit=True))
    merge(pair)
    assert credits(pair) == (0, 8_000)


@pytest.mark.parametrize(
    ("name", "agrees"),
    [
        ("Budi", True),
        ("H. Contoh Budi, S.Pd.", True),
        ("Budi Contoh Santoso", True),
        ("Budi Santoso", False),
        ("Siti Aminah", False),
        ("-", False),
    ],
)
def test_credit_is_not_moved_between_rows_of_other_names(
    *, name: str, agrees: bool, pair: Pair, outlet: PostAgent
) -> None:
    give_credit(pair[0], 5_000, outlet.partner)
    pair[1].full_name, pair[1].regency_code = name, "3578"
    pair[1].save(update_fields=["full_name", "regency_code"])

    if agrees:
        merge(pair)
    else:
        with pytest.raises(MergeRowsDiffer):
            merge(pair)

    assert credits(pair) == ((0, 5_000) if agrees else (5_000, 0))


def test_credit_is_not_moved_between_rows_born_on_other_days(pair: Pair, outlet: PostAgent) -> None:
    give_credit(pair[0], 5_000, outlet.partner)
    pair[1].birth_date = date(1990, 5, 18)
    pair[1].save(update_fields=["birth_date"])

    with pytest.raises(MergeRowsDiffer):
        merge(pair)

    pair[0].refresh_from_db()
    assert (pair[0].merged_into, credits(pair)) == (None, (5_000, 0))


def test_rows_without_money_may_differ(pair: Pair) -> None:
    pair[1].birth_date, pair[1].full_name = date(1990, 5, 18), "Siti Aminah"
    pair[1].save(update_fields=["birth_date", "full_name"])

    merge(pair)

    assert pair[0].merged_into == pair[1]


def test_who_pays_for_the_row_pays_for_the_one_that_stays(pair: Pair) -> None:
    payer = PayerFactory.create()
    MemberPayerFactory.create(member=pair[0], payer=payer)

    merge(pair)

    assert MemberPayer.objects.get().member == pair[1]
    assert BookEntry.objects.get(entity_id=pair[1].pk).is_present


def test_who_pays_for_the_one_that_stays_already_goes_on(pair: Pair) -> None:
    payers = [PayerFactory.create(), PayerFactory.create()]
    for member, payer in zip(pair, payers, strict=True):
        MemberPayerFactory.create(member=member, payer=payer)

    merge(pair)

    assert [MemberPayer.objects.get(member=member).payer for member in pair] == payers


def test_credit_is_not_moved_to_a_row_that_is_closed(pair: Pair, outlet: PostAgent) -> None:
    give_credit(pair[0], 5_000, outlet.partner)
    pair[1].closed_on, pair[1].closed_reason = date(2026, 11, 19), ClosedReason.DECEASED
    pair[1].save(update_fields=["closed_on", "closed_reason"])

    with pytest.raises(MemberClosed):
        merge(pair)

    assert credits(pair) == (5_000, 0)


@pytest.mark.parametrize(
    ("who_paid", "refusal"), [((0,), MemberHasPaid), ((0, 1), BothHavePaid)], ids=["one", "both"]
)
def test_row_that_covers_months_stays_and_says_what_to_do(
    who_paid: tuple[int, ...],
    refusal: type[Exception],
    pair: Pair,
    outlet: PostAgent,
) -> None:
    for number in who_paid:
        paid(pair[number], outlet)

    with pytest.raises(refusal):
        merge(pair)

    pair[0].refresh_from_db()
    assert (pair[0].closed_on, pair[0].merged_into) == (None, None)
    assert months_of(pair[0]) == ["2026-11"]


def test_two_rows_that_both_paid_become_one_by_corrections(pair: Pair, outlet: PostAgent) -> None:
    doubled, kept = paid(pair[0], outlet), paid(pair[1], outlet)
    reversal = CorrectionDraft(
        kind=CorrectionKind.REVERSAL, reason="tercatat dua kali", payment=doubled
    )
    confirm(request_correction(reversal, by=finance()))
    notice = notice_of(
        outlet.partner, "", doubled.amount, reference=doubled.reference, paid_at=doubled.paid_at
    )
    brought = CorrectionDraft(
        kind=CorrectionKind.LATE_POST, reason="uangnya ada", details=late_details(notice)
    )
    confirm(request_correction(brought, by=finance()))
    money = LateMoney.objects.get()
    assert (money.suspended, money.why) == (8_400, "taken_back")
    release = CorrectionDraft(
        kind=CorrectionKind.RELEASE,
        reason="milik peserta yang sama",
        entry=money.suspense,
        details={"number": pair[1].kpj, "is_credit": True},
    )
    confirm(request_correction(release, by=finance()))

    merge(pair)

    assert (months_of(pair[0]), months_of(pair[1])) == ([], ["2026-11"])
    assert credits(pair) == (0, 8_400)
    assert balances()[Account.PARTNER_RECEIVABLE] == doubled.amount + kept.amount
    assert broken() == {}


def test_row_that_never_paid_is_merged_into_the_one_that_did(pair: Pair, outlet: PostAgent) -> None:
    give_credit(pair[0], 5_000, outlet.partner)
    paid(pair[1], outlet)

    merge(pair)

    assert credits(pair) == (0, 5_000)
    assert broken() == {}


# What was moved was somebody else's (`O`), to somebody else, of another account, or in part; and a
# row that was merged (`L`) has money all the same. `E` is the merge's entry.
FAULTS: list[tuple[str, set[str]]] = [
    ("UPDATE payments_journalline SET member_id = 'O' WHERE entry_id = E AND amount > 0",
     {"I3", "I9"}),
    ("UPDATE payments_journalline SET member_id = 'O' WHERE entry_id = E AND amount < 0", {"I3"}),
    ("UPDATE payments_journalline SET account_id = 2300 WHERE entry_id = E AND amount < 0",
     {"I3", "I8"}),
    ("UPDATE payments_journalline SET amount = sign(amount) * 1000 WHERE entry_id = E", {"I9"}),
    ("UPDATE payments_journalentry SET reference = 'O' WHERE kind = 'merge'", {"I3"}),
    ("UPDATE enrollment_member SET merged_into_id = NULL", {"I3"}),
    ("UPDATE payments_journalline SET member_id = 'L' WHERE member_id = 'O'", {"I9"}),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "claims"), FAULTS, ids=range(len(FAULTS)))
def test_planted_fault_in_a_merge_breaks_its_claims_and_no_other(
    fault: str, claims: set[str], pair: Pair, outlet: PostAgent
) -> None:
    other = cared_for_member()
    give_credit(pair[0], 5_000, outlet.partner)
    give_credit(other, 500, outlet.partner)
    merge(pair)
    assert broken() == {}
    entry = JournalEntry.objects.get(kind="merge").pk
    names = {"'O'": f"'{other.pk}'", "'L'": f"'{pair[0].pk}'", "= E": f"= {entry}"}
    for name, value in names.items():
        fault = fault.replace(name, value)

    with behind_the_triggers():
        run_sql(fault)

    assert broken().keys() == claims
