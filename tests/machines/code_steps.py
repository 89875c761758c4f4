"""Codes handed out before their forms arrive, the money under them, and bills that phones ask for.

A slip is paper: whatever becomes of the phone that wrote it, somebody may pay it.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from payments.models import Payment
from payments.services.inquiry import BillCode, inquire
from payments.services.outcomes import Held, Posted, Refused, Replayed
from payments.services.pay_commands import PayCommand
from payments.services.posting import pay
from perisai import clock
from perisai.ids import new_id
from tests.factories.enrollment import registration_data
from tests.factories.payments import held_command
from tests.machines.form_steps import NOT_A_NIK
from tests.machines.sync_phones import MOOD, WHICH, WHO, Phones, on_a_line
from tests.machines.sync_world import POOL, Handset
from tests.phone.codes import NoCode

BILLS: Final = "/api/v1/bills"
FIRST_ON_A_SLIP: Final = 3  # two of the four whom a form without a code may be about, and more
WRONG: Final = 7  # a form with a NIK that is none


@dataclass(slots=True, kw_only=True)
class BillAsked:
    """A bill that a phone asked for under a key, and the code that it was told, if any."""

    handset: Handset
    key: str
    body: dict[str, Any]
    code: str = ""

    def ask(self, mood: str = "ok") -> None:
        """Ask, perhaps again: whatever the line does, one key has one bill."""
        with on_a_line(self.handset, mood):
            answer = self.handset.phone.ask("POST", BILLS, self.body, Idempotency_Key=self.key)
            assert self.code in {"", answer["bill_code"]}
            self.code = answer["bill_code"]


class CodeSteps(Phones):
    """Slips, counters, and plain calls for bills."""

    def __init__(self) -> None:
        super().__init__()
        self.slips: list[str] = []
        self.said: list[tuple[PayCommand, UUID]] = []  # of slips: what was acknowledged
        self.asked: list[BillAsked] = []

    @rule(who=WHO, months=st.sampled_from(sorted(POOL)), mood=MOOD)
    def fill_pool(self, who: int, months: int, mood: str) -> None:
        """The phone asks for as many codes as it began with; those that went out stay out."""
        self._filled(self._of(who), months, mood)

    @rule(
        who=WHO,
        number=st.integers(1, WRONG),
        months=st.sampled_from(sorted(POOL)),
        is_whole=st.sampled_from([True, True, False]),
        is_paid=st.booleans(),
    )
    def hand_out_a_code(
        self,
        who: int,
        number: int,
        months: int,
        is_whole: bool,  # noqa: FBT001
        is_paid: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """A form, or a draft, and the slip that its member takes to a counter, perhaps at once."""
        phone, member_id = self._of(who).phone, str(new_id())
        without = () if is_whole else ("income_monthly",)
        said = {"nik": NOT_A_NIK} if number == WRONG else {}
        data = registration_data(FIRST_ON_A_SLIP + number - 1, without=without, **said)
        with self._unless_locked(self._of(who)):
            try:
                op_id = phone.register(data, member_id=member_id, months=months)
            except NoCode:  # there is signal in the evening
                self._filled(self._of(who), months)
                return
            op = phone.outbox.op(op_id)
            assert op is not None
            self.slips.append(op.body["data"]["bill_code"])
            self.made.append(member_id)
            if is_paid:
                self.pay_a_slip(len(self.slips) - 1, is_sent_again=False)

    def _filled(self, handset: Handset, months: int, mood: str = "ok") -> None:
        with on_a_line(handset, mood):
            handset.phone.fill_pool(months, POOL[months])
        held = handset.phone.store.db.execute("SELECT code FROM code WHERE op_id IS NULL")
        assert {code for (code,) in held}.isdisjoint(self.slips)

    @rule(which=WHICH, is_sent_again=st.booleans())
    def pay_a_slip(self, which: int, is_sent_again: bool) -> None:  # noqa: FBT001  drawn by name
        """Before or after its form has arrived; the counter may send it twice, or take it twice."""
        if not self.slips:
            return
        slip, outlet = self.slips[which % len(self.slips)], self.world.outlet
        found = inquire(outlet.partner, BillCode(code=slip), 1, now=clock.now())
        if isinstance(found, Refused):
            return
        code, amount = found.bill.code, found.bill.payable
        said = held_command(code, amount, outlet, paid_at=clock.now(), confirm_repeat=True)
        outcome = pay(said, now=clock.now())
        if not isinstance(outcome, Held | Posted):
            return
        self.payments.append(Payment.objects.get(pk=outcome.payment_id))
        self.said.append((said, outcome.payment_id))
        if is_sent_again:
            assert pay(said, now=clock.now()) == Replayed(payment_id=outcome.payment_id)
            other = held_command(code, amount, outlet, paid_at=clock.now(), confirm_repeat=True)
            assert isinstance(pay(other, now=clock.now()), Refused)
        self.has_acted = True

    @rule(who=WHO, which=WHICH, months=st.sampled_from([1, 2]), mood=MOOD)
    def ask_for_a_bill(self, who: int, which: int, months: int, mood: str) -> None:
        """On a line that may lose it; then the phone asks again under the same key."""
        body = {"member_id": self._known(who, which)[0], "months": months}
        asked = BillAsked(handset=self._of(who), key=f"tagihan-{new_id().hex}", body=body)
        self.asked.append(asked)
        asked.ask(mood)
        asked.ask()
        self.has_acted = True
