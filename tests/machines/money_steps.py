"""What people do with money: each step calls a service and compares its word with the model's."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import count
from typing import TypeVar
from uuid import UUID

from enrollment.models import Member
from payments.errors import FieldInvalid
from payments.models import (
    Bill,
    Discount,
    DiscountSector,
    LateMoney,
    Payment,
    PostAgent,
    ReversalReason,
)
from payments.services import billing, posting, reversal
from payments.services.billing import BillOrder, BillOutcome
from payments.services.discount_credit import ask_for_credit, credit_next_batch
from payments.services.makers import Maker, PartnerMaker
from payments.services.outcomes import (
    BillMade,
    BillReused,
    Busy,
    Held,
    Inconsistent,
    Posted,
    Recorded,
    Refused,
    Replayed,
    Reversed,
    Unknown,
)
from payments.services.pay_commands import PayCommand
from payments.services.posting import PayOutcome
from payments.services.reversal import ReverseCommand, ReverseOutcome
from payments.tariff import PayerKind
from perisai.models import Agent
from tests.factories.payments import (
    MemberPayerFactory,
    PayerFactory,
    PostAgentFactory,
    cared_for_member,
    command_for,
    imported_member,
    office_maker,
    taker,
)
from tests.factories.perisai import AgentFactory
from tests.machines.crashes import ConnectionLost, connection_lost_at
from tests.machines.money_facts import Answer, Gift, Late, Line, Taken
from tests.machines.money_model import Money, content_of, settled_on
from tests.machines.money_people import Basis, Law, Person, day_of, first_of, month_number
from tests.payments.ledger import give_credit, money_rows

T = TypeVar("T")
Word = str
BORN = date(1990, 5, 17)
"""All on one day: each may be another one's second row."""


class Steps:
    """Two counters of one partner and one of another, two agents, the office; and the model."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.money = Money()
        first = PostAgentFactory.create()
        self.outlets: list[PostAgent] = [first, PostAgentFactory.create(partner=first.partner)]
        self.outlets.append(PostAgentFactory.create())
        self.agents: list[Agent] = [AgentFactory.create(), AgentFactory.create()]
        self.office = office_maker()
        self.sponsor = PayerFactory.create(kind=PayerKind.CSR, office=self.agents[0].office)
        self.said: list[PayCommand] = []
        self.said_back: list[ReverseCommand] = []
        self.released: set[int] = set()
        self._keys = count(1)
        self.has_acted = True

    def register(self, agent: int) -> UUID:
        """A complete farmer of one of the agents, who never paid."""
        self.has_acted = True
        member = cared_for_member(self.agents[agent], birth_date=BORN)
        self.money.people[member.pk] = Person(id=member.pk)
        return member.pk

    def bring_in(self, *, is_sponsored: bool = False) -> UUID:
        """A farmer who was covered through October 2026, in her second episode.

        A sponsor's money is late: his is covered through September alone.
        """
        self.has_acted = True
        through = date(2026, 9 if is_sponsored else 10, 1)
        member = imported_member(
            self.agents[0], episode_no=2, paid_through=through, birth_date=BORN
        )
        assert member.paid_through is not None
        opening = Basis(paid_through=month_number(member.paid_through), episode=2)
        self.money.people[member.pk] = Person(
            id=member.pk,
            brought=opening,
            brought_on=member.episode_started_on,
            is_sponsored=is_sponsored,
        )
        if is_sponsored:
            MemberPayerFactory.create(member=member, payer=self.sponsor)
        return member.pk

    def close(self, person: UUID, reason: str) -> None:
        """Her membership ends today."""
        self.has_acted = True
        member, known = Member.objects.get(pk=person), self.money.people[person]
        member.closed_on, member.closed_reason = day_of(self.now), reason
        member.save(update_fields=["closed_on", "closed_reason"])
        known.closed_on, known.closed_reason = day_of(self.now), reason

    def give_credit(self, person: UUID, rupiah: int, outlet: int) -> None:
        """Money of a settlement file that her months did not need."""
        self.has_acted = True
        partner = self.outlets[outlet].partner
        entry = give_credit(Member.objects.get(pk=person), rupiah, partner, at=self.now)
        row = LateMoney.objects.get(surplus=entry)
        late = Late(
            id=row.pk,
            partner=partner.pk,
            reference=row.reference,
            content=(row.number, rupiah),
            payment=None,
            shares={person: rupiah},
            rest=0,
            is_settled=True,
        )
        self.money.late[partner.pk, row.reference] = late
        gift = Gift(entry=entry.pk, late=late, shares=late.shares, is_surplus=True)
        self.money.gifts.append(gift)
        self.money.people[person].credit += rupiah
        self.money.brought[partner.pk] = self.money.brought.get(partner.pk, 0) + rupiah

    def record_law(self, law: Law) -> None:
        """A discount becomes known, and what it makes too much is given back."""
        self.has_acted = True
        code = f"hukum_{len(self.money.laws)}"
        Discount.objects.create(
            code=code,
            programmes=["JKK", "JKM"],
            sector=DiscountSector.ANY,
            month_from=first_of(law.first),
            month_to=first_of(law.last),
            percent_off=law.percent_off,
            legal_basis="contoh",
            recorded_at=self.now,
        )
        ask_for_credit(code, now=self.now)
        while credit_next_batch(code, now=self.now) is not None:
            continue
        self.money.note_law(law)

    def quote_for(self, outlet: int) -> PartnerMaker:
        """A partner that inquires."""
        return PartnerMaker(partner_id=self.outlets[outlet].partner_id)

    def order(self, maker: Maker, people: Iterable[UUID], months: int) -> BillOrder:
        """An order without a key."""
        return BillOrder(maker=maker, member_ids=tuple(people), months=months)

    def bill(self, order: BillOrder) -> str | None:
        """Ask for a bill; its code, or None if it was refused as it should be."""
        return self.hear_bill(order, billing.make_bill(order, now=self.now))

    def hear_bill(self, order: BillOrder, outcome: BillOutcome) -> str | None:
        """Judge what came of an order."""
        self.has_acted = True
        refusals = self.money.refusals(order.member_ids, order.months, now=self.now)
        if isinstance(outcome, Refused):
            assert outcome.code in refusals, (outcome.code, refusals)
            return None
        assert refusals == set(), refusals
        assert isinstance(outcome, BillMade | BillReused), outcome
        lines = self.money.lines_for(order.member_ids, order.months, now=self.now)
        bill = Bill.objects.get(pk=outcome.bill_id)
        assert lines_of(bill) == lines
        if isinstance(outcome, BillReused):
            known = self.money.quotes[bill.code]
            assert self.money.is_open(known, now=self.now)
            return bill.code
        assert bill.code not in self.money.quotes
        partner = order.maker.partner_id if isinstance(order.maker, PartnerMaker) else None
        self.money.note_quote(bill.code, lines, partner=partner, now=self.now)
        assert bill.expires_at == self.money.quotes[bill.code].expires_at
        if bill.payable == 0 and self.money.is_wanted(lines, partner=partner, now=self.now):
            payment = Payment.objects.get(bill=bill)
            self._note_payment(payment.pk, bill.code, command=None)
        return bill.code

    def cancel(self, code: str) -> None:
        """Take a bill back, if it is open."""
        self.has_acted = True
        quote = self.money.quotes[code]
        if self.money.is_open(quote, now=self.now):
            billing.cancel_bill(code, bills=Bill.objects.all(), now=self.now)
            quote.is_cancelled = True

    def command(
        self, code: str, outlet: int, *, off_by: int = 0, ago: timedelta = timedelta()
    ) -> PayCommand:
        """What a counter says of a bill, under a new key."""
        key = f"kunci-loket-{next(self._keys):06d}"
        return command_for(
            Bill.objects.get(code=code),
            self._knowing(code, outlet),
            amount=self.money.quotes[code].payable + off_by,
            paid_at=self.now - ago,
            key=key,
            reference=key,  # as REST has it, unless the counter says another one
        )

    def _knowing(self, code: str, outlet: int) -> PostAgent:
        """A counter that may know the bill, where there is a choice; the third is the other's."""
        partner = self.money.quotes[code].partner
        known = [one for one in self.outlets if partner in {None, one.partner_id}]
        return known[outlet % len(known)]

    def pay(self, command: PayCommand) -> Word:
        """Send it, and judge the answer."""
        return self.hear_payment(command, self.answer_to(command))

    def answer_to(self, command: PayCommand) -> PayOutcome | FieldInvalid:
        """The service's answer; a wrong field is an answer, too."""
        try:
            return posting.pay(command, now=self.now)
        except FieldInvalid as invalid:
            return invalid

    def hear_payment(self, command: PayCommand, outcome: PayOutcome | FieldInvalid) -> Word:
        """Judge what came of a payment; what is acknowledged must stand for ever."""
        self.has_acted = True
        assert command.taker is not None
        key = (command.taker.partner_id, command.key)
        judged, late = self.money.judge(command, now=self.now), self.money.late_payment(command)
        is_refused = judged not in {"posted", "replayed", "inconsistent"}
        is_told_late = command.advice and is_refused and late is not None
        expected, word = "replayed" if is_told_late else judged, word_of(outcome)
        assert word == expected, (word, expected, command)
        if isinstance(outcome, Replayed):
            first = late if is_told_late else self.money.answers[key].payment
            assert outcome.payment_id == first
        if isinstance(outcome, Posted):
            self._note_payment(outcome.payment_id, command.bill_code, command=command)
        if key not in self.money.answers and self._is_remembered(command, judged):
            payment = outcome.payment_id if isinstance(outcome, Posted) else None
            answer = Answer(content=content_of(command), word=judged, payment=payment)
            self.money.answers[key] = answer
            self.said.append(command)
        return word

    def _is_remembered(self, command: PayCommand, word: Word) -> bool:
        """Whether a key keeps the answer: not a wrong field, nor a reference of another payment."""
        assert command.taker is not None
        is_late = (command.taker.partner_id, command.reference) in self.money.late
        return word != "invalid_field" and (is_late or word != "reference_reused")

    def reversal(self, reference: str, outlet: PostAgent) -> ReverseCommand:
        """A counter wants something taken back, under a new key."""
        key = f"kunci-mundur-{len(self.said_back):06d}"
        return ReverseCommand(
            taker=taker(outlet), key=key, target=reference, reason=ReversalReason.WRONG_MEMBER
        )

    def outlet_of(self, outlet_id: int | None) -> PostAgent:
        """One of the counters by its id."""
        return next(one for one in self.outlets if one.pk == outlet_id)

    def take_back(self, command: ReverseCommand) -> Word:
        """Send it, and judge the answer."""
        return self.hear_reversal(command, reversal.reverse(command, now=self.now))

    def hear_reversal(self, command: ReverseCommand, outcome: ReverseOutcome) -> Word:
        """Judge what came of a reversal."""
        self.has_acted = True
        word, expected = word_of(outcome), self.money.judge_reversal(command, now=self.now)
        assert word == expected, (word, expected, command)
        key = (command.taker.partner_id, command.key)
        payment = getattr(outcome, "payment_id", None)
        if key not in self.money.takings_back:
            answer = Answer(content=str(command.target), word=word, payment=payment)
            self.money.takings_back[key] = answer
            self.said_back.append(command)
        if isinstance(outcome, Reversed):
            self.money.note_reversal(outcome.payment_id)
        if isinstance(outcome, Recorded) and not outcome.is_repeat:
            self.money.note_tombstone(command)
        return word

    def broken(self, act: Callable[[], T], *, at: int) -> T | None:
        """What an act came to, or None when its connection broke: then nothing happened."""
        self.has_acted = True
        rows = money_rows()
        try:
            with connection_lost_at(at):
                return act()
        except ConnectionLost:
            assert money_rows() == rows
            return None

    def _note_payment(self, payment: UUID, code: str, *, command: PayCommand | None) -> None:
        quote = self.money.quotes[code]
        taker = command.taker if command else None
        taken = Taken(
            id=payment,
            bill=code,
            partner=taker.partner_id if taker else None,
            outlet=taker.outlet_id if taker else None,
            reference=command.reference if command else code,
            amount=quote.payable,
            posted_at=self.now,
            settled_on=settled_on(self.now),
        )
        self.money.note_payment(taken, paid_at=command.paid_at if command else self.now)


def word_of(outcome: PayOutcome | ReverseOutcome | FieldInvalid) -> Word:
    """An outcome in one word: a refusal's code, or what happened."""
    match outcome:
        case Refused(code=code):
            return code
        case FieldInvalid():
            return FieldInvalid.code
        case Posted() | Held() | Replayed() | Inconsistent() | Busy() | Unknown():
            return type(outcome).__name__.lower()
        case Reversed() | Recorded():
            return type(outcome).__name__.lower()


def lines_of(bill: Bill) -> list[Line]:
    """The lines of a bill as the model writes them."""
    return [
        Line(
            person=line.member_id,
            number=month_number(line.month),
            episode=line.episode_no,
            jkk=line.jkk,
            jkm=line.jkm,
            credit=line.credit,
            basis=Basis(
                paid_through=month_number(line.basis_paid_through)
                if line.basis_paid_through
                else None,
                episode=line.basis_episode,
            ),
        )
        for line in bill.lines.order_by("member", "month")
    ]
