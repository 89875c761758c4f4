"""Money that a partner's file brings after all: each rupiah ends in one place, once."""

from datetime import date
from uuid import UUID

from payments.late_plan import SuspenseReason
from payments.models import Account, JournalLine, LateMoney, Payment
from payments.services.late_notices import LateBooked, LateNotice, LateOutcome
from payments.services.late_posting import post_late
from payments.services.pay_commands import PayCommand
from tests.machines.money_facts import Answer, Gift, Kept, Late, Line, Quote, Taken
from tests.machines.money_model import settled_on
from tests.machines.money_people import day_of
from tests.machines.money_steps import Steps, Word, lines_of

HOPELESS = {SuspenseReason.TAKEN_BACK, SuspenseReason.KEY_TAKEN}


def bring_late(steps: Steps, notice: LateNotice) -> Word:
    """Book it, and judge the answer."""
    return hear_late(steps, notice, post_late(notice, now=steps.now))


def bring_words_late(
    steps: Steps, command: PayCommand, reference: str, amount: int, *, at: int
) -> None:
    """Book money for a command's bill twice: the first time the connection may break."""
    if command.taker is None or amount < 1:
        return
    notice = LateNotice(
        partner_id=command.taker.partner_id,
        reference=reference,
        number=command.bill_code,
        amount=amount,
        paid_at=min(command.paid_at, steps.now),
    )
    now = steps.now
    outcome = steps.broken(lambda: post_late(notice, now=now), at=at)
    if outcome is not None:
        hear_late(steps, notice, outcome)
    bring_late(steps, notice)


def hear_late(steps: Steps, notice: LateNotice, outcome: LateOutcome) -> Word:
    """Judge what came of it; what it paid for is read, and must continue somebody's cover."""
    steps.has_acted = True
    word, expected = type(outcome).__name__, expected_word(steps, notice)
    assert word == expected, (word, expected, notice)
    if isinstance(outcome, LateBooked):
        parts = (outcome.late_posted, outcome.credited, outcome.suspended)
        assert sum(parts) == notice.amount
        _note(steps, notice, outcome)
    return word


def expected_word(steps: Steps, notice: LateNotice) -> Word:
    """Whether the reference is new, the same again, another amount, or a payment that stands."""
    of_partner = (notice.partner_id, notice.reference)
    late = steps.money.late.get(of_partner)
    if late is not None:
        return "LateKnown" if late.content == (notice.number, notice.amount) else "Inconsistent"
    standing = {
        (one.partner, one.reference) for one in steps.money.taken.values() if not one.is_reversed
    }
    return "AlreadyBooked" if of_partner in standing else "LateBooked"


def _note(steps: Steps, notice: LateNotice, outcome: LateBooked) -> None:
    money, partner = steps.money, notice.partner_id
    of_partner, content = (partner, notice.reference), (notice.number, notice.amount)
    late = Late(
        id=outcome.money_id,
        partner=partner,
        reference=notice.reference,
        content=content,
        payment=outcome.payment_id,
        shares=credited_by(outcome.money_id),
        rest=outcome.suspended,
        is_settled=outcome.suspended < notice.amount or outcome.why in HOPELESS,
    )
    money.late[of_partner] = late
    beside = outcome.credited + outcome.suspended
    money.brought[partner] = money.brought.get(partner, 0) + beside
    money.suspended[partner] = money.suspended.get(partner, 0) + outcome.suspended
    earlier = money.answers.get(of_partner)
    if earlier is None or earlier.payment is None:
        word = "posted" if outcome.payment_id else "reference_reused"
        money.answers[of_partner] = Answer(content=content, word=word, payment=outcome.payment_id)
    if outcome.payment_id is not None:
        payment = Payment.objects.get(pk=outcome.payment_id)
        if payment.bill_id is None:
            money.note_kept(kept_of(steps, payment))
        else:
            note_payment(steps, outcome.payment_id)
    elif late.shares:
        entry = LateMoney.objects.values_list("surplus", flat=True).get(pk=late.id)
        assert entry is not None
        money.gifts.append(Gift(entry=entry, late=late, shares=late.shares, is_surplus=True))
    for person, rupiah in late.shares.items():
        money.people[person].credit += rupiah


def note_payment(steps: Steps, payment_id: UUID, *, held: Late | None = None) -> None:
    """A payment that no counter sent: it continues somebody's cover. `held`: from suspense."""
    payment = Payment.objects.get(pk=payment_id)
    bill = payment.paid_bill
    lines = lines_of(bill)
    assert_continues(steps, lines, on=day_of(payment.paid_at))
    if bill.code not in steps.money.quotes:
        steps.money.quotes[bill.code] = Quote(
            code=bill.code, lines=tuple(lines), expires_at=bill.expires_at, partner=None
        )
    taken = Taken(
        id=payment_id,
        bill=bill.code,
        partner=payment.partner_id,
        outlet=None,
        reference=payment.reference,
        amount=steps.money.quotes[bill.code].payable,
        posted_at=steps.now,
        settled_on=settled_on(steps.now),
        held=held,
    )
    steps.money.note_payment(taken, paid_at=payment.paid_at)


def kept_of(steps: Steps, payment: Payment) -> Kept:
    """A payment that is held now."""
    assert payment.partner_id is not None
    return Kept(
        id=payment.pk,
        code=str(payment.reservation_id),
        partner=payment.partner_id,
        outlet=payment.outlet_id,
        reference=payment.reference,
        amount=payment.amount,
        paid_at=payment.paid_at,
        posted_at=steps.now,
        settled_on=settled_on(steps.now),
    )


def assert_continues(steps: Steps, lines: list[Line], *, on: date) -> None:
    """Free months of people who were not closed as they paid, and are the ones who count.

    The next ones, or the first of a new episode.
    """
    for one in {line.person for line in lines}:
        person = steps.money.people[one]
        own = [line for line in lines if line.person == one]
        numbers = [line.number for line in own]
        assert not person.is_closed(on)
        assert person.merged_into is None
        assert not any(person.has(number) for number in numbers)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        last = person.paid_through
        is_new = {line.episode for line in own} == {person.episode + 1}
        follows = last is not None and numbers[0] == last + 1
        assert is_new or (follows and {line.episode for line in own} == {person.episode})
        assert sum(line.credit for line in own) <= person.credit


def credited_by(money_id: int) -> dict[UUID, int]:
    """What late money put on members' credit."""
    entry = LateMoney.objects.values_list("surplus", flat=True).get(pk=money_id)
    lines = JournalLine.objects.filter(entry=entry, account=Account.MEMBER_CREDIT)
    by_member: dict[UUID, int] = dict(lines.values_list("member", "amount"))
    return {member: -amount for member, amount in by_member.items()}
