"""Taking a payment back (R12): whole, once, in its window, and everything derived returns."""

from datetime import date, timedelta

import pytest

from enrollment.cover import CoverState, cover_state
from enrollment.models import ClosedReason, Member
from enrollment.services.cover_days import cover_day
from payments.models import (
    Account,
    JournalEntry,
    Payment,
    Reversal,
)
from payments.services.checks import run_checks
from payments.services.outcomes import (
    Posted,
    Refused,
    Reversed,
)
from payments.services.posting import pay
from payments.services.reversal import reverse
from perisai.models import OutboxMessage
from sync.models import BookEntry
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    imported_member,
    office_maker,
    paid,
    reversal_of,
)
from tests.payments.ledger import balances, give_credit, money_rows, months_of, outcome_of
from tests.statements import counted

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=20)


def in_order() -> bool:
    """Every claim of check_money holds."""
    return not [result.code for result in run_checks() if result.breaks]


def state_of(member: Member) -> tuple[date | None, int, date | None]:
    """What the member shows of its cover."""
    member.refresh_from_db()
    return member.paid_through, member.episode_no, member.episode_started_on


def test_first_payment_taken_back_leaves_nothing_but_its_traces() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    payment = paid(member, outlet, months=3)
    command = reversal_of(payment)

    outcome = reverse(command, now=LATER)

    payment.refresh_from_db()
    assert outcome == Reversed(payment_id=payment.pk, reversed_at=LATER)
    assert payment.reversed_at == LATER
    assert (months_of(member), state_of(member)) == ([], (None, 0, None))
    assert set(payment.cover_months.values_list("reversed_at", flat=True)) == {LATER}
    assert set(balances().values()) == {0}
    assert outcome_of(command.key) == "reversed"
    assert in_order()


def test_reversal_says_who_why_and_of_what() -> None:
    payment = paid(cared_for_member(), PostAgentFactory.create())

    reverse(reversal_of(payment, key="kunci-batal-0001", reason="terminal_fault"), now=LATER)

    row = Reversal.objects.get()
    assert (row.payment, row.partner, row.outlet) == (payment, payment.partner, payment.outlet)
    assert (row.reference, row.key) == (payment.reference, "kunci-batal-0001")
    assert (row.reason, row.correction, row.created_at) == ("terminal_fault", None, LATER)


def test_mirror_turns_the_signs_of_every_line() -> None:
    payment = paid(cared_for_member(), PostAgentFactory.create())
    entry = JournalEntry.objects.get()

    reverse(reversal_of(payment), now=LATER)

    mirror = JournalEntry.objects.get(kind="reversal")
    turned = {(line.account_id, -line.amount, line.partner_id) for line in entry.lines.all()}
    assert (mirror.reverses, mirror.payment, mirror.posted_at) == (entry, payment, LATER)
    assert mirror.settlement_date == date(2026, 11, 20)
    assert mirror.actor == f"partner:{payment.partner_id}"
    assert turned == {(one.account_id, one.amount, one.partner_id) for one in mirror.lines.all()}


def test_agents_hear_of_it_and_so_does_the_outbox() -> None:
    member = cared_for_member()
    payment = paid(member, PostAgentFactory.create())
    before = BookEntry.objects.get(entity_id=member.pk).version

    reverse(reversal_of(payment), now=LATER)

    assert BookEntry.objects.get(entity_id=member.pk).version == before + 1
    assert OutboxMessage.objects.filter(kind="payment.reversed", subject_id=payment.pk).count() == 1


def test_months_are_free_again_for_a_new_bill() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    first = paid(member, outlet)
    reverse(reversal_of(first), now=LATER)

    second = paid(member, outlet, now=LATER)

    assert second.bill_id != first.bill_id
    assert months_of(member) == ["2026-11"]
    assert in_order()


def test_continued_cover_falls_back_to_what_was_paid_before() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    paid(member, outlet)
    before = state_of(member)
    second = paid(member, outlet, months=2, now=LATER)

    reverse(reversal_of(second), now=LATER)

    assert (state_of(member), months_of(member)) == (before, ["2026-11"])
    assert in_order()


def test_imported_cover_is_never_undercut() -> None:
    member = imported_member()
    before = state_of(member)
    payment = paid(member, PostAgentFactory.create())

    reverse(reversal_of(payment), now=LATER)

    assert state_of(member) == before == (date(2026, 10, 1), 1, date(2025, 3, 12))
    assert in_order()


def test_p66_reversal_of_a_reentry_lets_the_member_lapse_again() -> None:
    member = imported_member(paid_through=date(2026, 5, 1))
    payment = paid(member, PostAgentFactory.create())
    assert state_of(member) == (date(2026, 11, 1), 2, date(2026, 11, 20))

    reverse(reversal_of(payment), now=LATER)

    assert state_of(member) == (date(2026, 5, 1), 1, date(2025, 3, 12))
    day = cover_day(NOW.date())
    assert cover_state(member.paid_through, closed_on=None, day=day) is CoverState.LAPSED
    assert in_order()


def test_p65_bill_made_on_a_month_that_was_taken_back_is_stale() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    november = paid(member, outlet)
    december = bill_for(member, now=LATER)
    reverse(reversal_of(november), now=LATER)
    rows = money_rows()

    outcome = pay(command_for(december, outlet, confirm_repeat=True), now=LATER)

    assert isinstance(outcome, Refused)
    assert outcome.code == "bill_stale"
    assert (months_of(member), money_rows()) == ([], rows)
    assert in_order()


def test_p48_later_payment_of_a_member_blocks_the_earlier_ones_reversal() -> None:
    member, other, outlet = cared_for_member(), cared_for_member(), PostAgentFactory.create()
    command = command_for(bill_for(member, other, maker=office_maker()), outlet)
    posted = pay(command, now=NOW)
    assert isinstance(posted, Posted)
    paid(member, outlet, now=LATER)
    rows = money_rows()

    outcome = reverse(reversal_of(Payment.objects.get(pk=posted.payment_id)), now=LATER)

    code = "reversal_blocked_by_later_payment"
    assert outcome == Refused(code=code, context={"member_ids": [str(member.pk)]})
    assert money_rows() == rows
    assert in_order()


def test_later_payment_that_was_taken_back_itself_blocks_nothing() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    first = paid(member, outlet)
    second = paid(member, outlet, now=LATER)

    outcomes = [reverse(reversal_of(one), now=LATER) for one in (second, first)]

    assert [type(outcome) for outcome in outcomes] == [Reversed, Reversed]
    assert (months_of(member), set(balances().values())) == ([], {0})
    assert in_order()


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (ClosedReason.DECEASED, "reversal_blocked_by_claim"),
        (ClosedReason.CLAIMED_OUT, "reversal_blocked_by_claim"),
        (ClosedReason.WITHDRAWN, ""),
        (ClosedReason.MOVED_TO_PU, ""),
    ],
)
def test_only_a_claim_blocks_a_closed_members_reversal(reason: ClosedReason, code: str) -> None:
    member = cared_for_member()
    payment = paid(member, PostAgentFactory.create())
    member.closed_on, member.closed_reason = NOW.date(), reason
    member.save(update_fields=["closed_on", "closed_reason"])

    outcome = reverse(reversal_of(payment), now=LATER)

    done = Reversed(payment_id=payment.pk, reversed_at=LATER)
    refused = Refused(code=code, context={"member_ids": [str(member.pk)]})
    assert outcome == (refused if code else done)
    assert months_of(member) == (["2026-11"] if code else [])
    assert in_order()


def test_credit_that_the_payment_used_comes_back() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    give_credit(member, 3_000, outlet.partner)
    payment = paid(member, outlet)
    assert (payment.amount, balances()[Account.MEMBER_CREDIT]) == (5_400, 0)

    reverse(reversal_of(payment), now=LATER)

    assert balances()[Account.MEMBER_CREDIT] == -3_000
    assert bill_for(member, now=LATER).credit == 3_000
    assert in_order()


def test_surplus_that_came_with_the_payment_goes_with_it_unless_it_was_used() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    payments = [paid(member, outlet), paid(cared_for_member(), outlet)]
    for payment in payments:
        give_credit(member, 5_000, outlet.partner, payment=payment)
    give_credit(member, -5_000, outlet.partner)  # half of it was used elsewhere

    outcomes = [reverse(reversal_of(payment), now=LATER) for payment in payments]

    assert [type(outcome) for outcome in outcomes] == [Reversed, Refused]
    assert outcomes[1] == Refused(
        code="reversal_blocked_by_later_payment", context={"member_ids": [str(member.pk)]}
    )
    assert balances()[Account.MEMBER_CREDIT] == 0


def test_collective_bill_is_taken_back_whole_in_as_many_statements() -> None:
    outlet = PostAgentFactory.create()
    counts = []
    for size in (1, 40):
        people = [cared_for_member() for _ in range(size)]
        bill = bill_for(*people, maker=office_maker(), months=3)
        posted = pay(command_for(bill, outlet), now=NOW)
        assert isinstance(posted, Posted)
        command = reversal_of(Payment.objects.get(pk=posted.payment_id))
        with counted() as statements:
            assert isinstance(reverse(command, now=LATER), Reversed)
        counts.append(len(statements))
        assert [months_of(member) for member in people] == [[]] * size
    assert counts == [11, 12]  # two agents' books are locked before they are raised
    assert set(balances().values()) == {0}
    assert in_order()
