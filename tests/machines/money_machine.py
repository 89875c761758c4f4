"""Bills, payments, repeats and crashes in any order and at any hour, beside the model."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from enrollment.models import Member
from payments.services import billing, reversal
from payments.services.billing import BillOrder
from payments.services.checks import run_checks
from payments.services.late_notices import LateNotice
from payments.services.makers import AgentMaker, Maker
from payments.services.pay_commands import PayCommand
from payments.services.reversal import ReverseCommand
from tests.factories.payments import taker
from tests.machines.correction_steps import Office, Wish, chosen
from tests.machines.late_steps import bring_late, bring_words_late
from tests.machines.merge_steps import merge, spoken_kpj
from tests.machines.money_asserts import (
    assert_ledger_knows,
    assert_members_show,
    assert_payments_stand,
    journal_is_whole,
)
from tests.machines.money_people import WIB, Law, day_of, first_of, month_number
from tests.machines.money_steps import Steps
from tests.machines.slip_rules import SlipRules
from tests.machines.slip_steps import Slips

BEGIN = datetime(2026, 10, 29, 14, 50, tzinfo=WIB)
PERIOD = st.sampled_from([1, 1, 1, 2, 3, 6, 12, 4])
OUTLET = st.integers(0, 2)
OFF_BY = st.sampled_from([0, 0, 0, 0, 0, 0, 1, -1])
PAID_AGO = st.sampled_from([0, 0, 0, 0, 60, 20 * 60, 30 * 60, 47 * 60, 49 * 60, -4, -6])
AT_STATEMENT = st.integers(1, 14)
WHICH = st.integers(0, 5)
RUPIAH = st.sampled_from([8_400, 8_400, 16_800, 25_200, 33_600, 42_000])
SELDOM = st.sampled_from([False, False, True])
FATE = st.sampled_from(["confirmed", "confirmed", "later", "refused"])


class MoneyMachine(SlipRules):
    """Each example is rolled back at its end."""

    people = Bundle("people")
    bills = Bundle("bills")
    commands = Bundle("commands")
    reversals = Bundle("reversals")
    wishes = Bundle("wishes")
    GROUP = st.lists(people, min_size=2, max_size=4, unique=True)

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.steps = Steps(BEGIN)
        self.office = Office(self.steps)
        self.slips = Slips(self.steps)

    def teardown(self) -> None:
        """Ask every key once more, then forget all."""
        try:
            for command in self.steps.said:
                self.steps.pay(command)
            for back in self.steps.said_back:
                self.steps.take_back(back)
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    @initialize(target=people)
    def begin(self) -> Any:
        """Two who were brought in with cover, one by a sponsor, and two who never paid."""
        brought = self.steps.bring_in(), self.steps.bring_in(is_sponsored=True)
        return multiple(*brought, self.steps.register(0), self.steps.register(1))

    @rule(target=people, agent=st.integers(0, 1))
    def register(self, agent: int) -> Any:
        """Somebody new; a handful is enough."""
        return multiple() if self.is_full() else self.steps.register(agent)

    @rule(hours=st.sampled_from([0, 1, 3, 12, 24, 40]))
    def hours_pass(self, hours: int) -> None:
        """Minutes, a night, or two."""
        self.steps.now += timedelta(hours=hours, minutes=7)

    @rule(months=st.sampled_from([0, 0, 0, 1, 1, 2, 4]), minutes=st.sampled_from([-3, 3]))
    def month_passes(self, months: int, minutes: int) -> None:
        """Nothing, or the edge of a later month: its first minutes, or the last before it."""
        begin = first_of(month_number(day_of(self.steps.now)) + months)
        edge = datetime(begin.year, begin.month, 1, tzinfo=WIB) + timedelta(minutes=minutes)
        self.steps.now = max(self.steps.now, edge)

    @rule(target=commands, person=people, months=PERIOD, outlet=OUTLET)
    def walk_in(self, person: UUID, months: int, outlet: int) -> Any:
        """Somebody asks at a counter and pays at once."""
        order = self.steps.order(self.steps.quote_for(outlet), [person], months)
        code = self.steps.bill(order)
        if code is None or self.steps.money.quotes[code].payment is not None:
            return multiple()
        return self._pay(replace(self.steps.command(code, outlet), confirm_repeat=True))

    @rule(target=commands, chosen=GROUP, months=PERIOD, outlet=OUTLET)
    def pay_together(self, chosen: list[UUID], months: int, outlet: int) -> Any:
        """The office bills several, and they pay at once."""
        code = self.steps.bill(self.steps.order(self.steps.office, chosen, months))
        if code is None or self.steps.money.quotes[code].payment is not None:
            return multiple()
        return self._pay(self.steps.command(code, outlet))

    @rule(person=people, rupiah=st.sampled_from([3_400, 16_800, 60_000]), outlet=OUTLET)
    def bring_credit(self, person: UUID, rupiah: int, outlet: int) -> None:
        """Money of a file that her months did not need."""
        self.steps.give_credit(person, rupiah, outlet)

    @rule(since=st.integers(-3, 0), months=st.integers(1, 6), percent=st.sampled_from([60, 75, 90]))
    def record_law(self, since: int, months: int, percent: int) -> None:
        """A discount is heard of, perhaps after its months were paid; a few laws are enough."""
        if len(self.steps.money.laws) < 4:
            first = month_number(day_of(self.steps.now)) + since
            self.steps.record_law(Law(first=first, last=first + months - 1, percent_off=percent))

    @rule(person=consumes(people), reason=st.sampled_from(["deceased", "withdrawn"]))
    def close(self, person: UUID, reason: str) -> None:
        """Her membership ends today; bills of hers are still in people's hands."""
        self.steps.close(person, reason)

    @rule(target=people, loser=consumes(people), winner=people, at=AT_STATEMENT)
    def merge(self, loser: UUID, winner: UUID, at: int) -> Any:
        """A supervisor decides that somebody was recorded twice; refused: both stay."""
        is_over = loser != winner and merge(self.steps, loser, winner, at=at)
        return multiple() if is_over else loser

    @rule(target=people, person=people, rupiah=st.sampled_from([0, 3_400, 60_000]), at=AT_STATEMENT)
    def record_twice(self, person: UUID, rupiah: int, at: int) -> Any:
        """A second row of hers, perhaps with credit, is found out before anybody pays for it."""
        row = self.steps.register(0)
        if rupiah:
            self.steps.give_credit(row, rupiah, 0)
        return multiple() if merge(self.steps, row, person, at=at) else row

    @rule(target=bills, person=people, months=PERIOD, outlet=OUTLET)
    def inquire(self, person: UUID, months: int, outlet: int) -> Any:
        """A partner's own quote."""
        return self._bill(self.steps.quote_for(outlet), [person], months)

    @rule(target=bills, person=people, months=PERIOD)
    def bill_by_agent(self, person: UUID, months: int) -> Any:
        """Her agent makes a bill."""
        agent = Member.objects.values_list("agent", flat=True).get(pk=person)
        assert agent is not None
        return self._bill(AgentMaker(agent_id=agent), [person], months)

    @rule(target=bills, chosen=GROUP, months=PERIOD)
    def bill_together(self, chosen: list[UUID], months: int) -> Any:
        """The office bills several at once."""
        return self._bill(self.steps.office, chosen, months)

    @rule(target=bills, person=people, together=SELDOM, at=AT_STATEMENT)
    def bridge(self, person: UUID, together: bool, at: int) -> Any:  # noqa: FBT001  drawn by name
        """A sponsor's money came too late: for whom he pays, perhaps with somebody else."""
        sponsored = [one.id for one in self.steps.money.people.values() if one.is_sponsored]
        people = dict.fromkeys([*sponsored, person] if together else sponsored)
        code = self.office.bridge(list(people), at=at)
        return multiple() if code is None else code

    @rule(target=bills, person=people, months=PERIOD, at=AT_STATEMENT)
    def bill_with_a_crash(self, person: UUID, months: int, at: int) -> Any:
        """The connection breaks while a bill is made; it is asked for again."""
        order = self.steps.order(self.steps.office, [person], months)
        now = self.steps.now
        outcome = self.steps.broken(lambda: billing.make_bill(order, now=now), at=at)
        if outcome is not None:
            self.steps.hear_bill(order, outcome)
        return self._made(order)

    @rule(code=bills)
    def cancel(self, code: str) -> None:
        """Somebody takes a bill back, if it is open."""
        self.steps.cancel(code)

    @rule(
        target=commands,
        code=bills,
        outlet=OUTLET,
        off_by=OFF_BY,
        minutes=PAID_AGO,
        flags=st.tuples(st.booleans(), st.booleans()),
    )
    def pay(
        self, code: str, outlet: int, off_by: int, minutes: int, flags: tuple[bool, bool]
    ) -> PayCommand:
        """A counter says that it took money."""
        ago = timedelta(minutes=minutes)
        command = self.steps.command(code, outlet, off_by=off_by, ago=ago)
        return self._pay(replace(command, advice=flags[0], confirm_repeat=flags[1]))

    @rule(target=commands, code=bills, outlet=OUTLET, at=AT_STATEMENT)
    def pay_with_a_crash(self, code: str, outlet: int, at: int) -> PayCommand:
        """The connection breaks at a statement; the counter sends the same again."""
        command = self.steps.command(code, outlet)
        outcome = self.steps.broken(lambda: self.steps.answer_to(command), at=at)
        if outcome is not None:
            self.steps.hear_payment(command, outcome)
        return self._pay(command)

    @rule(command=commands, advice=st.booleans())
    def ask_again(self, command: PayCommand, advice: bool) -> None:  # noqa: FBT001  drawn by name
        """The same key with the same content, at any time."""
        self._pay(replace(command, advice=advice, paid_at=self.steps.now))

    @rule(command=commands, code=bills)
    def use_key_again(self, command: PayCommand, code: str) -> None:
        """The same key for another bill, or for this one with one rupiah more."""
        is_same = command.bill_code == code
        self._pay(replace(command, bill_code=code, amount=command.amount + is_same))

    @rule(command=commands, outlet=OUTLET, keeps_reference=st.booleans())
    def pay_anew(self, command: PayCommand, outlet: int, keeps_reference: bool) -> None:  # noqa: FBT001
        """The same bill under another key, perhaps at another counter."""
        again = self.steps.command(command.bill_code, outlet)
        reference = command.reference if keeps_reference else again.reference
        at = taker(self.steps.outlets[outlet])  # perhaps a partner that may not know the bill
        self._pay(replace(again, taker=at, reference=reference, confirm_repeat=True))

    @rule(target=reversals, command=commands, outlet=st.sampled_from([None, None, None, 0, 1, 2]))
    def take_back(self, command: PayCommand, outlet: int | None) -> ReverseCommand:
        """The counter that sent it, or another one, takes a payment back, if there is one."""
        own = command.taker.outlet_id if command.taker else None
        at = self.steps.outlet_of(own) if outlet is None else self.steps.outlets[outlet]
        return self._take_back(self.steps.reversal(command.reference, at))

    @rule(target=reversals, command=commands, at=AT_STATEMENT)
    def take_back_with_a_crash(self, command: PayCommand, at: int) -> ReverseCommand:
        """The connection breaks at a statement; the counter sends the same again."""
        own = command.taker.outlet_id if command.taker else None
        back = self.steps.reversal(command.reference, self.steps.outlet_of(own))
        now = self.steps.now
        outcome = self.steps.broken(lambda: reversal.reverse(back, now=now), at=at)
        if outcome is not None:
            self.steps.hear_reversal(back, outcome)
        return self._take_back(back)

    @rule(target=commands, code=bills, outlet=OUTLET)
    def take_back_before_it_comes(self, code: str, outlet: int) -> PayCommand:
        """A reversal overtakes its payment."""
        command = self.steps.command(code, outlet)
        own = command.taker.outlet_id if command.taker else None
        self._take_back(self.steps.reversal(command.reference, self.steps.outlet_of(own)))
        return self._pay(command)

    @rule(command=commands, above=st.sampled_from([0, 0, 0, 8_400, -1]), at=AT_STATEMENT)
    def hear_late(self, command: PayCommand, above: int, at: int) -> None:
        """The partner's file names what a counter sent, whatever became of it."""
        amount = command.amount + above
        bring_words_late(self.steps, command, command.reference, amount, at=at)

    @rule(command=commands, at=AT_STATEMENT)
    def hear_late_of_another(self, command: PayCommand, at: int) -> None:
        """The partner's file names money for the same bill that we never heard of."""
        reference = f"berkas-{len(self.steps.money.late):06d}"
        bring_words_late(self.steps, command, reference, command.amount, at=at)

    @rule(person=people, rupiah=RUPIAH, outlet=OUTLET, is_named=st.booleans())
    def hear_late_of_a_number(self, person: UUID, rupiah: int, outlet: int, is_named: bool) -> None:  # noqa: FBT001
        """The partner's file names a member, whose months it pays if it fits, or nobody."""
        notice = LateNotice(
            partner_id=self.steps.outlets[outlet].partner_id,
            reference=f"berkas-{len(self.steps.money.late):06d}",
            number=spoken_kpj(self.steps, person) if is_named else "",
            amount=rupiah,
            paid_at=self.steps.now,
        )
        bring_late(self.steps, notice)

    @rule(target=wishes, command=commands, fate=FATE)
    def ask_reversal(self, command: PayCommand, fate: str) -> Any:
        """One person wants a payment taken back, however old it is."""
        taken = self.steps.money.quotes[command.bill_code].payment
        return multiple() if taken is None else self._asked(self.office.ask_reversal(taken), fate)

    @precondition(lambda self: self.office.waiting())
    @rule(target=wishes, which=WHICH, person=people, is_credit=st.booleans(), fate=FATE)
    def ask_release(self, which: int, person: UUID, is_credit: bool, fate: str) -> Any:  # noqa: FBT001
        """One person knows whose the money in suspense is."""
        late = chosen(self.office.waiting(), which)
        return self._asked(self.office.ask_release(late, person, is_credit=is_credit), fate)

    @precondition(lambda self: self.steps.money.gifts)
    @rule(target=wishes, which=WHICH, fate=FATE)
    def ask_credit_back(self, which: int, fate: str) -> Any:
        """One person found that credit is somebody else's."""
        gift = chosen(self.steps.money.gifts, which)
        return self._asked(self.office.ask_credit_back(gift), fate)

    @rule(wish=wishes, at=AT_STATEMENT)
    def confirm(self, wish: Wish, at: int) -> None:
        """Another one agrees, at any later time, perhaps again; the connection may break."""
        self.office.confirm(wish, at=at)

    @rule(wish=wishes)
    def refuse(self, wish: Wish) -> None:
        """Another one does not."""
        self.office.refuse(wish)

    @rule(person=people, rupiah=st.sampled_from([8_400, 16_800]), outlet=OUTLET)
    def hear_late_before_her_form_is_whole(self, person: UUID, rupiah: int, outlet: int) -> None:
        """Her income was not written down yet: the money waits, and a night may find her."""
        member = Member.objects.get(pk=person)
        income, member.income_monthly = member.income_monthly, None
        member.save(update_fields=["income_monthly"])
        self.hear_late_of_a_number(person, rupiah, outlet, is_named=True)
        member.income_monthly = income
        member.save(update_fields=["income_monthly"])

    @precondition(lambda self: self.office.untried())
    @rule()
    def try_suspense_again(self) -> None:
        """A night."""
        self.office.try_again()

    @rule(back=reversals)
    def take_back_again(self, back: ReverseCommand) -> None:
        """The same key, at any time."""
        self._take_back(back)

    @rule(back=reversals, command=commands)
    def use_key_of_reversal_again(self, back: ReverseCommand, command: PayCommand) -> None:
        """The same key for another payment."""
        self._take_back(replace(back, target=command.reference))

    @invariant()
    def check_money_is_clean(self) -> None:
        """I1 to I10, the journal's own trigger first."""
        if self.steps.has_acted:
            journal_is_whole()
            assert [result.code for result in run_checks() if result.breaks] == []

    @invariant()
    def rows_agree_with_the_model(self) -> None:
        """Cover, payments, and what partners owe."""
        if not self.steps.has_acted:
            return
        self.steps.has_acted = False
        assert_members_show(self.steps.money)
        assert_payments_stand(self.steps.money)
        assert_ledger_knows(self.steps.money, self.steps.outlets)

    def _bill(self, maker: Maker, people: list[UUID], months: int) -> Any:
        return self._made(self.steps.order(maker, people, months))

    def _made(self, order: BillOrder) -> Any:
        code = self.steps.bill(order)
        return multiple() if code is None else code

    def _asked(self, wish: Wish | None, fate: str) -> Any:
        """Another one decides at once, or perhaps later."""
        if wish is None:
            return multiple()
        if fate == "confirmed":
            self.office.confirm(wish)
        if fate == "refused":
            self.office.refuse(wish)
        return wish

    def _take_back(self, command: ReverseCommand) -> ReverseCommand:
        self.steps.take_back(command)
        return command

    def _pay(self, command: PayCommand) -> PayCommand:
        self.steps.pay(command)
        return command
