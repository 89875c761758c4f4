"""Bills, payments and keys in memory: what the services must answer, and what must stand then."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from payments.services.pay_commands import PayCommand
from payments.services.reversal import ReverseCommand
from tests.machines.money_facts import Answer, Gift, Kept, Late, Line, Quote, Taken
from tests.machines.money_people import (
    HALF_OFF,
    Law,
    Month,
    Person,
    Price,
    day_of,
    end_of_month,
    month_number,
)

VALID_FOR: Final = timedelta(hours=72)
A_SECOND: Final = timedelta(seconds=1)
A_REPEAT: Final = timedelta(minutes=10)
A_DAY: Final = timedelta(hours=24)


@dataclass(kw_only=True)
class Money:
    """All of it."""

    people: dict[UUID, Person] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    taken: dict[UUID, Taken] = field(default_factory=dict)
    kept: dict[UUID, Kept] = field(default_factory=dict)
    answers: dict[tuple[int, str], Answer] = field(default_factory=dict)
    takings_back: dict[tuple[int, str], Answer] = field(default_factory=dict)
    tombstones: set[tuple[int, str, int | None]] = field(default_factory=set)
    laws: list[Law] = field(default_factory=lambda: [HALF_OFF])
    late: dict[tuple[int, str], Late] = field(default_factory=dict)
    gifts: list[Gift] = field(default_factory=list)
    brought: dict[int, int] = field(default_factory=dict)
    """Rupiah that each partner brought beyond its payments."""
    suspended: dict[int, int] = field(default_factory=dict)
    """Rupiah of it that have no owner yet."""

    def counted(self, person: UUID) -> Person:
        """The row that counts for a row: itself, or where it was merged into."""
        found = self.people[person]
        while found.merged_into is not None:
            found = self.people[found.merged_into]
        return found

    def refusals(self, people: Iterable[UUID], months: int, *, now: datetime) -> set[str]:
        """The codes that a bill may be refused with; empty: it must be made."""
        chosen = [self.people[one] for one in people]
        found = {person.why_not(months, day_of(now)) for person in chosen} - {None}
        if len({person.is_sponsored for person in chosen}) > 1:
            found.add("payer_differs")
        return {code for code in found if code is not None}

    def lines_for(self, people: Iterable[UUID], months: int, *, now: datetime) -> list[Line]:
        """The lines that a bill made now must have, by member and month."""
        return [line for one in sorted(people) for line in self._lines_of(one, months, now=now)]

    def _lines_of(self, one: UUID, months: int, *, now: datetime) -> list[Line]:
        first, episode = self.people[one].next_month(day_of(now))
        return self._line_up(one, range(first, first + months), episode=episode)

    def lines_across(self, people: Iterable[UUID], *, now: datetime) -> list[Line]:
        """The lines of a bridge: all that is missing, in the episode that was."""
        running, lines = month_number(day_of(now)), list[Line]()
        for one in sorted(people):
            person = self.people[one]
            first = 1 + (person.paid_through or 0)
            lines += self._line_up(one, range(first, running + 1), episode=person.episode)
        return lines

    def _line_up(self, one: UUID, numbers: range, *, episode: int) -> list[Line]:
        person = self.people[one]
        lines: list[Line] = []
        left = 0 if person.is_sponsored else person.credit
        for number in numbers:
            price = self.price_of(number)
            used = min(left, price.total)
            left -= used
            lines.append(
                Line(
                    person=one,
                    number=number,
                    episode=episode,
                    jkk=price.jkk,
                    jkm=price.jkm,
                    credit=used,
                    basis=person.basis,
                )
            )
        return lines

    def price_of(self, number: int) -> Price:
        """What a month costs now: the greatest discount alone holds."""
        percents = [law.percent_off for law in self.laws if law.holds(number)]
        return Price(percent_off=max(percents, default=0))

    def note_law(self, law: Law) -> None:
        """A discount was recorded: who paid more for its months has the rest on her credit."""
        self.laws.append(law)
        left = Price(percent_off=law.percent_off).total
        for person in self.people.values():
            for month in person.months:
                if law.holds(month.number):
                    back = max(0, month.price - month.given - left)
                    month.given += back
                    person.credit += back

    def note_quote(
        self, code: str, lines: list[Line], *, partner: int | None, now: datetime
    ) -> None:
        """A bill was made."""
        expires_at = min(now + VALID_FOR, end_of_month(now) - A_SECOND)
        self.quotes[code] = Quote(
            code=code, lines=tuple(lines), expires_at=expires_at, partner=partner
        )

    def is_wanted(self, lines: list[Line], *, partner: int | None, now: datetime) -> bool:
        """Whether credit that pays all pays at once: of a partner's look, what is due alone."""
        return partner is None or all(
            line.number <= month_number(day_of(now)) and line.episode == line.basis.episode
            for line in lines
        )

    def is_open(self, quote: Quote, *, now: datetime) -> bool:
        """Whether a bill is neither paid nor taken back nor over."""
        return quote.payment is None and not quote.is_cancelled and now <= quote.expires_at

    def judge(self, command: PayCommand, *, now: datetime) -> str:
        """The word that a payment must be answered with now."""
        taker = command.taker
        assert taker is not None
        earlier = self.answers.get((taker.partner_id, command.key))
        if earlier is not None:
            is_same = earlier.content == content_of(command)
            word = "replayed" if earlier.payment else earlier.word
            return word if is_same else "inconsistent"
        if not now - timedelta(hours=48) <= command.paid_at <= now + timedelta(minutes=5):
            return "invalid_field"
        refusal = self._refusal(command, now=now)
        if refusal is not None:
            return refusal
        if not command.amount:
            return "invalid_field"
        is_used = any(
            (one.partner, one.reference) == (taker.partner_id, command.reference)
            for one in self.taken.values()
        )
        return "reference_reused" if is_used else "posted"

    def _refusal(self, command: PayCommand, *, now: datetime) -> str | None:
        quote = self.quotes.get(command.bill_code)
        partner = command.taker.partner_id if command.taker else None
        if quote is None or quote.partner not in {None, partner}:
            return "bill_not_found"
        if quote.is_cancelled:
            return "bill_cancelled"
        was_in_time = command.paid_at <= quote.expires_at and now - command.paid_at <= A_DAY
        if now > quote.expires_at and not (command.advice and was_in_time):
            return "bill_expired"
        if command.amount != quote.payable:
            return "amount_mismatch"
        return self._told_before(command) or self._stands_against(quote, command, now=now)

    def _told_before(self, command: PayCommand) -> str | None:
        """What the partner said of this reference before, in another way."""
        of_partner = command.taker.partner_id if command.taker else 0, command.reference
        outlet = command.taker.outlet_id if command.taker else None
        if (*of_partner, outlet) in self.tombstones:
            return "reversed_before_posting"
        return "reference_reused" if of_partner in self.late else None

    def _stands_against(self, quote: Quote, command: PayCommand, *, now: datetime) -> str | None:
        people = [self.people[one] for one in quote.people]
        if any(person.is_closed(day_of(now)) for person in people):
            return "member_closed"
        if quote.payment is not None and self.taken[quote.payment].is_reversed:
            return "bill_reversed"
        if quote.payment or any(self.people[x.person].has(x.number) for x in quote.lines):
            return "already_paid"
        if any(self.people[x.person].basis != x.basis for x in quote.lines):
            return "bill_stale"
        if any(self._used(quote, person.id) > person.credit for person in people):
            return "bill_stale"
        asks = self._is_repeat(quote, command, now=now) and not command.confirm_repeat
        return "repeat_needs_confirmation" if asks else None

    def _used(self, quote: Quote, person: UUID) -> int:
        return sum(line.credit for line in quote.lines if line.person == person)

    def _is_repeat(self, quote: Quote, command: PayCommand, *, now: datetime) -> bool:
        """The same counter, the same single member, minutes ago."""
        outlet = command.taker.outlet_id if command.taker else None
        return len(quote.people) == 1 and any(
            one.outlet == outlet
            and one.posted_at > now - A_REPEAT
            and not one.is_reversed
            and quote.people <= self.quotes[one.bill].people
            for one in self.taken.values()
        )

    def note_payment(self, taken: Taken, *, paid_at: datetime) -> None:
        """A payment was acknowledged: cover moves, credit is used."""
        quote = self.quotes[taken.bill]
        quote.payment = taken.id
        self.taken[taken.id] = taken
        for line in quote.lines:
            person = self.people[line.person]
            person.credit -= line.credit
            person.months.append(
                Month(
                    number=line.number,
                    episode=line.episode,
                    payment=taken.id,
                    paid_on=day_of(paid_at),
                    price=line.jkk + line.jkm,
                )
            )

    def late_payment(self, command: PayCommand) -> UUID | None:
        """What late money of these very words became: an advice of it is a repeat."""
        assert command.taker is not None
        late = self.late.get((command.taker.partner_id, command.reference))
        return late.payment if late and late.content == content_of(command) else None

    def judge_reversal(self, command: ReverseCommand, *, now: datetime) -> str:
        """The word that a reversal must be answered with now."""
        earlier = self.takings_back.get((command.taker.partner_id, command.key))
        if earlier is not None:
            word = "replayed" if earlier.payment else earlier.word
            return word if earlier.content == command.target else "inconsistent"
        taken = self.own_payment(command)
        if taken is None:
            late = self.late.get((command.taker.partner_id, str(command.target)))
            is_elsewhere = late is not None and late.rest < late.amount
            return "reversal_window_closed" if is_elsewhere else "recorded"
        if taken.is_reversed:
            return "replayed"
        return self._keeps_it(taken, now=now) or "reversed"

    def _keeps_it(self, taken: Taken, *, now: datetime) -> str | None:
        if taken.outlet is None or settled_on(now) > taken.settled_on:
            return "reversal_window_closed"
        return self.keeps_it_for_all(taken)

    def keeps_it_for_all(self, taken: Taken) -> str | None:
        """Why not even two persons can take a payment back."""
        people = [self.people[one] for one in self.quotes[taken.bill].people]
        if any(person.closed_reason in {"deceased", "claimed_out"} for person in people):
            return "reversal_blocked_by_claim"
        if any(self._paid_later(person, taken) for person in people) or self._is_spent(taken):
            return "reversal_blocked_by_later_payment"
        return None

    def own_payment(self, command: ReverseCommand) -> Taken | None:
        """The payment of a reference, if the counter that asks took it, or if it came late."""
        taker = command.taker
        known = (
            one
            for one in self.taken.values()
            if (one.partner, one.reference) == (taker.partner_id, command.target)
            and one.outlet in {None, taker.outlet_id}
        )
        return next(known, None)

    def _paid_later(self, person: Person, taken: Taken) -> bool:
        last = max(month.number for month in person.months if month.payment == taken.id)
        return any(month.number > last for month in person.months)

    def _given(self, person: Person, payment: UUID) -> int:
        return sum(month.given for month in person.months if month.payment == payment)

    def _is_spent(self, taken: Taken) -> bool:
        """Whether credit that its months gave was used for others."""
        quote, shares = self.quotes[taken.bill], self._shares_with(taken.id)
        people = [self.people[one] for one in {*quote.people, *shares}]
        return any(
            self._given(person, taken.id) + shares.get(person.id, 0) - self._used(quote, person.id)
            > person.credit
            for person in people
        )

    def _shares_with(self, payment: UUID) -> dict[UUID, int]:
        """The credit that came with late money, or a slip's, and goes with it."""
        late = next((one.shares for one in self.late.values() if one.payment == payment), {})
        return {**late, **self.taken[payment].left_over}

    def note_reversal(self, payment: UUID) -> None:
        """A payment was taken back: its months are free, its credit is there again."""
        taken = self.taken[payment]
        taken.is_reversed = True
        quote = self.quotes[taken.bill]
        for one, share in self._shares_with(payment).items():
            self.people[one].credit -= share
            if one not in taken.left_over:
                self.brought[taken.partner or 0] -= share
        if taken.held is not None:
            self.move_rest(taken.held, taken.amount)
        for one in quote.people:
            person = self.people[one]
            person.credit += self._used(quote, one) - self._given(person, payment)
            person.months = [month for month in person.months if month.payment != payment]

    def note_kept(self, kept: Kept) -> None:
        """Money was taken for a slip."""
        self.kept[kept.id] = kept
        self.suspended[kept.partner] = self.suspended.get(kept.partner, 0) + kept.amount

    def let_go(self, kept: Kept) -> None:
        """It is in suspense no more."""
        self.suspended[kept.partner] -= kept.amount

    def note_kept_reversal(self, kept: Kept) -> None:
        """It was taken back: out of suspense, or off the credit that it became."""
        kept.is_reversed = True
        if kept.owner is None:
            self.let_go(kept)
        else:
            self.people[kept.owner].credit -= kept.amount

    def move_rest(self, late: Late, rupiah: int) -> None:
        """Into suspense, or out of it below zero."""
        late.rest += rupiah
        self.suspended[late.partner] = self.suspended.get(late.partner, 0) + rupiah

    def note_tombstone(self, command: ReverseCommand) -> None:
        """A reference that nobody of the partner has used yet was taken back."""
        of_partner = command.taker.partner_id, str(command.target)
        used = {(one.partner, one.reference) for one in self.taken.values()}
        if of_partner not in used:
            self.tombstones.add((*of_partner, command.taker.outlet_id))

    def is_tombstoned(self, partner: int, reference: str) -> bool:
        """By whichever counter: of late money nobody says which one took it."""
        return any((one, named) == (partner, reference) for one, named, _ in self.tombstones)

    def owed_by(self, partner: int) -> int:
        """What a partner must hand over: its payments that stand, and what it brought beside."""
        paid = sum(
            one.amount
            for one in self.taken.values()
            if one.partner == partner and not one.is_reversed and one.held is None
        )
        kept = sum(
            one.amount
            for one in self.kept.values()
            if one.partner == partner and not one.is_reversed
        )
        return paid + kept + self.brought.get(partner, 0)


def content_of(command: PayCommand) -> tuple[str, int]:
    """What a repeat must have in common with the first."""
    return command.bill_code, command.amount


def settled_on(instant: datetime) -> date:
    """The settlement day of a partner that ends its day at 15:00."""
    day = day_of(instant)
    is_after = instant.astimezone(end_of_month(instant).tzinfo).hour >= 15
    return day + timedelta(days=1) if is_after else day
