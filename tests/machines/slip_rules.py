"""The rules about slips with reserved codes, beside those about bills."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, precondition, rule

from payments.services.pay_commands import PayCommand
from tests.machines.correction_steps import chosen
from tests.machines.money_people import MOST_PEOPLE
from tests.machines.money_steps import Steps
from tests.machines.slip_steps import Slips

PERIOD = st.sampled_from([1, 1, 2, 3])
OUTLET = st.integers(0, 2)
WHICH = st.integers(0, 5)
AT_STATEMENT = st.integers(1, 25)
RUPIAH = st.sampled_from([3_400, 8_400, 20_000, 33_600])


class SlipRules(RuleBasedStateMachine):
    """What an agent without signal, her members and counters do; joins the machine of money."""

    steps: Steps
    slips: Slips

    def is_full(self, *, and_more: int = 0) -> bool:
        """A handful of people is enough."""
        people = self.steps.money.people.values()
        return sum(one.closed_on is None for one in people) >= MOST_PEOPLE + and_more

    @rule(months=PERIOD, outlet=OUTLET, at=AT_STATEMENT)
    def pay_slip(self, months: int, outlet: int, at: int) -> None:
        """Somebody pays before the agent has signal."""
        self.slips.pay(months, outlet, at=at)

    @rule(months=PERIOD, rupiah=RUPIAH, outlet=OUTLET)
    def hear_late_of_slip(self, months: int, rupiah: int, outlet: int) -> None:
        """A partner's file names a slip."""
        self.slips.pay_late(months, rupiah, outlet)

    @rule(target=Bundle("people"), months=PERIOD, at=AT_STATEMENT)
    def register_with_slip(self, months: int, at: int) -> Any:
        """The form is there before the money."""
        return multiple() if self.is_full() else self.slips.register(months, at=at)

    @precondition(lambda self: self.slips.waiting())
    @rule(target=Bundle("people"), which=WHICH, months=PERIOD, at=AT_STATEMENT)
    def bring_form(self, which: int, months: int, at: int) -> Any:
        """The form is there at last, perhaps months later; there is always room for some."""
        if self.is_full(and_more=3):
            return multiple()
        return self.slips.bring_form(chosen(self.slips.waiting(), which), months, at=at)

    @precondition(lambda self: any(one.outlet for one in self.slips.standing()))
    @rule(which=WHICH)
    def take_slip_back(self, which: int) -> None:
        """The counter's mistake."""
        at_counters = [one for one in self.slips.standing() if one.outlet]
        self.slips.take_back(chosen(at_counters, which))

    @precondition(lambda self: self.slips.bills)
    @rule(target=Bundle("bills"))
    def show_bill(self) -> str:
        """A bill with a slip's code is a bill like any other."""
        return self.slips.bills.pop()

    @precondition(lambda self: self.slips.commands)
    @rule(target=Bundle("commands"))
    def show_payment(self) -> PayCommand:
        """A payment that was held is one like any other, once it is bound."""
        return self.slips.commands.pop()
