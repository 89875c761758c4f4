"""Slips with reserved codes beside the model: paid before the form, after it, or never (R10)."""

from dataclasses import replace
from itertools import count
from uuid import UUID

from django.db import transaction

from payments.models import Bill, Payment, ReservedCode, ReversalReason
from payments.services import posting, reversal
from payments.services.binding import Bound, Claim, bind, claim_code
from payments.services.late_notices import LateNotice
from payments.services.outcomes import Held, Refused, Replayed
from payments.services.pay_commands import PayCommand
from payments.services.reserving import PoolOrder, pool_of, reserve_codes
from payments.services.reversal import ReverseCommand
from tests.factories.payments import held_command, taker
from tests.factories.perisai import DeviceFactory
from tests.machines.effects import took_effect
from tests.machines.late_steps import bring_late, kept_of
from tests.machines.money_facts import Answer, Kept, Line, Quote, Taken
from tests.machines.money_model import content_of, settled_on
from tests.machines.money_people import day_of, month_number
from tests.machines.money_steps import Steps, lines_of, word_of


class Slips:
    """A phone of the first agent's; what its slips became that others go on with."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.device = DeviceFactory.create(agent=steps.agents[0])
        self.bills: list[str] = []
        self.commands: list[PayCommand] = []
        self._sent: dict[UUID, PayCommand] = {}
        self._numbers = count(1)

    def waiting(self) -> list[Kept]:
        """Money whose form has not come."""
        kept = self.steps.money.kept.values()
        return [one for one in kept if one.owner is None and not one.is_reversed]

    def standing(self) -> list[Kept]:
        """The same, and what became credit whole."""
        return [one for one in self.steps.money.kept.values() if not one.is_reversed]

    def reserve(self, months: int) -> ReservedCode:
        """A code that was not handed out yet."""
        self.steps.has_acted = True
        pool = {code.code for code in pool_of(self.device.pk, now=self.steps.now)}
        alike = ReservedCode.objects.filter(pk__in=pool, months=months).count()
        order = PoolOrder(
            device_id=self.device.pk,
            agent_id=self.device.agent_id,
            months=months,
            count=alike + 1,
        )
        found = reserve_codes(order, now=self.steps.now)
        (code,) = [one for one in found if one.code not in pool]
        return code

    def pay(self, months: int, outlet: int, *, at: int) -> None:
        """Money for a slip: perhaps after a crash, again, and by somebody else in vain."""
        code, now = self.reserve(months), self.steps.now
        running = month_number(day_of(now))
        price = sum(self.steps.money.price_of(running + one).total for one in range(months))
        command = self._command(code, price, outlet)
        outcome = self.steps.broken(lambda: posting.pay(command, now=now), at=at)
        outcome = outcome or posting.pay(command, now=now)
        assert isinstance(outcome, Held), outcome
        payment = Payment.objects.get(pk=outcome.payment_id)
        self._sent[payment.pk] = command
        self.steps.money.note_kept(kept_of(self.steps, payment))
        assert posting.pay(command, now=now) == Replayed(payment_id=payment.pk)
        again = posting.pay(self._command(code, price, outlet), now=now)
        assert isinstance(again, Refused)
        assert again.code == "already_paid"

    def pay_late(self, months: int, rupiah: int, outlet: int) -> None:
        """A partner's file names a slip, with whatever was taken for it."""
        notice = LateNotice(
            partner_id=self.steps.outlets[outlet].partner_id,
            reference=f"slip-{next(self._numbers):06d}",
            number=self.reserve(months).code,
            amount=rupiah,
            paid_at=self.steps.now,
        )
        bring_late(self.steps, notice)

    def register(self, months: int, *, at: int) -> UUID:
        """A form with a slip that nobody has paid: an ordinary bill bears its code."""
        code = self.reserve(1)
        person = self._arrive(code.code, months, Bound.BILLED, at=at)
        money, now = self.steps.money, self.steps.now
        lines = money.lines_for([person], months, now=now)
        bill = Bill.objects.get(code=code.code)
        assert lines_of(bill) == lines
        money.note_quote(bill.code, lines, partner=None, now=now)
        assert bill.expires_at == money.quotes[bill.code].expires_at
        self.bills.append(bill.code)
        return person

    def bring_form(self, kept: Kept, months: int, *, at: int) -> UUID:
        """The form of a slip that was paid: the oldest months that it covers, the rest is hers."""
        person = self._arrive(kept.code, months, Bound.RELEASED, at=at)
        money = self.steps.money
        lines = affordable(money.lines_for([person], months, now=kept.paid_at), kept.amount)
        payment = Payment.objects.get(pk=kept.id)
        rest = kept.amount - sum(line.jkk + line.jkm for line in lines)
        money.let_go(kept)
        money.people[person].credit += rest
        if not lines:
            assert payment.bill_id is None
            kept.owner = person
            took_effect("slip for no month")
            return person
        bill = payment.paid_bill
        assert (bill.code, lines_of(bill)) == (kept.code, lines)
        del money.kept[kept.id]
        money.quotes[bill.code] = Quote(
            code=bill.code, lines=tuple(lines), expires_at=bill.expires_at, partner=None
        )
        money.note_payment(taken_of(kept, {person: rest} if rest else {}), paid_at=kept.paid_at)
        self._go_on(kept)
        took_effect("slip paid before its form")
        return person

    def take_back(self, kept: Kept) -> None:
        """The counter wants the money of a slip back, whatever became of it."""
        money, outlet = self.steps.money, self.steps.outlet_of(kept.outlet)
        self.steps.has_acted = True
        key = f"kunci-slip-{next(self._numbers):06d}"
        command = ReverseCommand(
            taker=taker(outlet), key=key, target=kept.reference, reason=ReversalReason.WRONG_MEMBER
        )
        word = word_of(reversal.reverse(command, now=self.steps.now))
        is_spent = kept.owner is not None and money.people[kept.owner].credit < kept.amount
        expected = "reversal_blocked_by_later_payment" if is_spent else "reversed"
        if settled_on(self.steps.now) > kept.settled_on:
            expected = "reversal_window_closed"
        assert word == expected, (word, expected, kept)
        if word == "reversed":
            money.note_kept_reversal(kept)
            took_effect("slip taken back")

    def _command(self, code: ReservedCode, amount: int, outlet: int) -> PayCommand:
        key = f"kunci-slip-{next(self._numbers):06d}"
        at, paid_at = self.steps.outlets[outlet], self.steps.now
        return held_command(code.code, amount, at, key=key, reference=key, paid_at=paid_at)

    def _arrive(self, code: str, months: int, expected: Bound, *, at: int) -> UUID:
        """Claim and binding in one transaction, as in the step of the form; then again in vain."""
        person, now = self.steps.register(0), self.steps.now
        claim = Claim(
            code=code,
            agent_id=self.device.agent_id,
            member_id=person,
            months=months,
            captured_at=Payment.objects.filter(reservation=code)
            .order_by("paid_at")
            .values_list("paid_at", flat=True)
            .first()
            or now,
        )

        def form() -> Bound:
            with transaction.atomic():
                assert claim_code(claim, now=now)
                return bind(code, now=now)

        bound = self.steps.broken(form, at=at) or form()
        assert bound is expected, bound
        assert not claim_code(claim, now=now)
        assert bind(code, now=now) is Bound.NOTHING
        return person

    def _go_on(self, kept: Kept) -> None:
        """What a counter sent is a payment like any other from now on."""
        command = self._sent.get(kept.id)
        if command is None or command.taker is None:
            return
        answer = Answer(content=content_of(command), word="posted", payment=kept.id)
        self.steps.money.answers[command.taker.partner_id, command.key] = answer
        self.steps.said.append(command)
        self.commands.append(replace(command, confirm_repeat=True))


def taken_of(kept: Kept, shares: dict[UUID, int]) -> Taken:
    """The same once it has its bill."""
    return Taken(
        id=kept.id,
        bill=kept.code,
        partner=kept.partner,
        outlet=kept.outlet,
        reference=kept.reference,
        amount=kept.amount,
        posted_at=kept.posted_at,
        settled_on=kept.settled_on,
        left_over=shares,
    )


def affordable(lines: list[Line], rupiah: int) -> list[Line]:
    """The oldest months that so much money covers."""
    covered: list[Line] = []
    for line in lines:
        rupiah -= line.jkk + line.jkm
        if rupiah < 0:
            break
        covered.append(line)
    return covered
