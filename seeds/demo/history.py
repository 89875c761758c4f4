"""Two years of paying, month by month, by the real rules of bills. Pure, given the numbers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from enrollment.ages import AgeLimits, AgeResult, age_at_payment
from enrollment.cover import CoverKind
from enrollment.programmes import parse_programmes
from payments.bill_code import draw_code
from payments.bill_draft import BillDraft, bill_end, quote_lines
from payments.quote import BillRules, Quoted, quote_months
from payments.receipt_number import draw_receipt_no
from payments.settlement import settlement_date
from payments.tariff import PayerKind, RateBook, Sector, Terms
from perisai.months import add_months, month_of, months_between
from seeds.demo.draws import happens, id_at, office_hour
from seeds.demo.habits import Standing, months_wanted, pay_day
from seeds.demo.person import Person
from seeds.demo.sale import Sale, Taking

MADE_BY_AGENT: Final = 0.45
LEFT_UNPAID: Final = 0.10
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What the history is judged by: the tariff and calendar in the database, and the settings."""

    rates: RateBook
    rules: BillRules
    ages: AgeLimits
    valid_for: timedelta
    due_on: Mapping[date, date]
    transport: frozenset[str]
    zone: ZoneInfo


@dataclass(slots=True)
class Ledger:
    """One person's state while her months are told."""

    person: Person
    terms: Terms
    paid_through: date | None = None
    episode_no: int = 0
    months: int = 0


@dataclass(slots=True)
class Teller:
    """Tells the payments of one branch. Codes and receipts are never drawn twice."""

    book: Rulebook
    zone: ZoneInfo
    as_of: date
    numbers: Random
    taken: set[str] = field(default_factory=set)

    def history_of(self, person: Person) -> Iterator[Sale]:
        """The bills of one person, oldest first; of a draft none."""
        if person.work.income is None:
            return
        ledger = Ledger(person=person, terms=self._terms(person, person.work.income))
        first = month_of(person.captured_at.date())
        for count in range(months_between(first, self.as_of) + 1):
            yield from self._month(ledger, add_months(first, count))

    def _terms(self, person: Person, income: int) -> Terms:
        is_transport = person.work.occupations[0] in self.book.transport
        return Terms(
            income=income,
            programmes=parse_programmes(person.work.programmes),
            sector=Sector.TRANSPORT if is_transport else Sector.NON_TRANSPORT,
            is_employer=person.work.is_employer,
        )

    def _month(self, ledger: Ledger, month: date) -> Iterator[Sale]:
        standing = Standing(month=month, paid_through=ledger.paid_through)
        months = months_wanted(ledger.person.pattern, standing, self.numbers)
        is_in_vain = months == 0 and standing.owed > 0 and happens(LEFT_UNPAID, self.numbers)
        if months == 0 and not is_in_vain:
            return
        day = pay_day(month, self.book.due_on[month], self.numbers, bounds=self._bounds(ledger))
        if day is None:
            return
        at = office_hour(day, self.zone, self.numbers)
        sale = self._offer(ledger, at) if is_in_vain else self._sale(ledger, months, at)
        if sale is not None:
            yield sale

    def _bounds(self, ledger: Ledger) -> tuple[date, date]:
        """From the day after registration to the eve of the closing, or of the seeding."""
        closing = ledger.person.closing
        end = min(self.as_of, closing.on) if closing else self.as_of
        return ledger.person.captured_at.date() + ONE_DAY, end - ONE_DAY

    def _offer(self, ledger: Ledger, at: datetime) -> Sale | None:
        """A bill of the agent for one month that nobody pays."""
        draft = self._draft(ledger, 1, made_at=at)
        return self._bill(ledger, draft, made_at=at) if draft else None

    def _sale(self, ledger: Ledger, months: int, paid_at: datetime) -> Sale | None:
        """A paid bill, of the agent's making or of the counter's inquiry; moves the ledger."""
        by_agent_at = self._agent_made_at(ledger, paid_at)
        made_at = by_agent_at or paid_at - timedelta(seconds=self.numbers.randint(40, 400))
        draft = self._draft(ledger, months, made_at=made_at)
        if draft is None:
            return None
        taking = self._taking(ledger, paid_at)
        last = draft.lines[-1]
        ledger.paid_through, ledger.episode_no = last.month, last.episode_no
        ledger.months += months
        sale = self._bill(ledger, draft, made_at=made_at)
        return replace(sale, taking=taking, is_inquiry=by_agent_at is None)

    def _agent_made_at(self, ledger: Ledger, paid_at: datetime) -> datetime | None:
        """The day before, if the agent made the bill and the bill is still good."""
        made_at = office_hour(paid_at.date() - ONE_DAY, self.zone, self.numbers)
        is_in_month = month_of(self._day(made_at)) == month_of(self._day(paid_at))
        is_possible = is_in_month and made_at > ledger.person.captured_at
        return made_at if happens(MADE_BY_AGENT, self.numbers) and is_possible else None

    def _draft(self, ledger: Ledger, months: int, *, made_at: datetime) -> BillDraft | None:
        """The bill as `payments.services.billing` would freeze it; None: too old to begin."""
        local = made_at.astimezone(self.book.zone)
        quoted = Quoted(
            paid_through=ledger.paid_through,
            closed_on=None,
            terms=ledger.terms,
            episode_no=ledger.episode_no,
        )
        quote = quote_months(
            quoted, months, as_of=local.date(), rates=self.book.rates, rules=self.book.rules
        )
        born_on = ledger.person.identity.birth_date
        age = age_at_payment(born_on, on=local.date(), kind=quote.kind, limits=self.book.ages)
        if age is not AgeResult.OK:
            return None
        lines = quote_lines(
            quote,
            member_id=ledger.person.id,
            paid_through=ledger.paid_through,
            episode_no=ledger.episode_no,
            sector=ledger.terms.sector,
        )
        ends = bill_end(
            local,
            valid_for=self.book.valid_for,
            beginners_born_on=[] if quote.kind is CoverKind.CONTINUE else [born_on],
            age_limit=self.book.ages.maximum_exclusive,
        )
        return BillDraft(
            payer_kind=PayerKind.SELF, payer_id=None, lines=tuple(lines), expires_at=ends
        )

    def _bill(self, ledger: Ledger, draft: BillDraft, *, made_at: datetime) -> Sale:
        return Sale(
            person=ledger.person,
            bill_id=id_at(made_at, self.numbers),
            code=self._fresh(lambda: draw_code(randbelow=self.numbers.randrange)),
            made_at=made_at,
            is_inquiry=False,
            draft=draft,
            taking=None,
        )

    def _taking(self, ledger: Ledger, paid_at: datetime) -> Taking:
        posted_at = paid_at + timedelta(milliseconds=self.numbers.randint(300, 4_000))
        settled_on = settlement_date(posted_at.astimezone(self.book.zone))
        return Taking(
            id=id_at(posted_at, self.numbers),
            receipt_no=self._fresh(lambda: draw_receipt_no(settled_on, choice=self.numbers.choice)),
            key=str(id_at(posted_at, self.numbers)),
            paid_at=paid_at,
            posted_at=posted_at,
            settled_on=settled_on,
            months_before=ledger.months,
        )

    def _fresh(self, draw: Callable[[], str]) -> str:
        """A number that nobody has got before."""
        drawn = draw()
        while drawn in self.taken:
            drawn = draw()
        self.taken.add(drawn)
        return drawn

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(self.book.zone).date()
