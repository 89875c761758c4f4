"""The members of one book, invented and written as lines for COPY, encrypted as the product does.

Runs in processes of its own, thousands of people a second: what is drawn is drawn from one number,
and what does not differ between people is made once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from typing import Final, TypeVar
from uuid import UUID

from enrollment.kpj import provisional_kpj
from enrollment.models import ClosedReason, Ecosystem, Member, PhoneOwner
from enrollment.nik import WOMEN_ADD, Sex
from perisai.months import add_months, month_of, months_between
from perisai.privacy import EncryptedTextField, indexer, name_words
from retention.services.rules import due_window
from seeds.demo.names import person_name
from seeds.demo.people import (
    HAS_JHT,
    HAS_NO_PHONE,
    INCOMES,
    SERIALS,
    SHARES_HOUSEHOLD,
    STREET_NAMES,
    STREETS,
)
from seeds.national.plan import Book, NationalOrder, Share

T = TypeVar("T")

COLUMNS: Final = (
    "id",
    "agent_id",
    "branch_id",
    "rev",
    "nik",
    "nik_index",
    "full_name",
    "name_words",
    "birth_date",
    "sex",
    "birthplace",
    "village_id",
    "regency_code",
    "address_line",
    "rt",
    "rw",
    "postcode",
    "phone",
    "phone_index",
    "phone_owner",
    "no_phone_reason",
    "ecosystem",
    "income_monthly",
    "programmes",
    "employs_others",
    "household_of_id",
    "kpj",
    "kpj_provisional",
    "dukcapil",
    "registered_on",
    "paid_through",
    "episode_no",
    "episode_started_on",
    "closed_on",
    "closed_reason",
)
ENCRYPTED: Final = (
    "nik",
    "full_name",
    "birthplace",
    "address_line",
    "phone",
    "no_phone_reason",
)
# Births from 23 to 64 years ago; each day, sex and serial of a district is used once.
YOUNGEST_DAYS: Final = 23 * 366
BIRTHS: Final = 15_150
CARDS: Final = BIRTHS * 2 * (SERIALS[1] - SERIALS[0] + 1)
CARD_STEP: Final = 1_299_709
DISTRICT_STEP: Final = 7_919

# 08xx 0000 xxxxx are nobody's, whatever the operator; the last thousand lines are the agents'.
OPERATORS: Final = tuple(f"8{first}{second}" for first in "12356789" for second in range(10))
MEMBER_LINES: Final = 99_000
AGENT_LINES: Final = 1_000

NO_PHONE: Final = "tidak punya ponsel"
ECOSYSTEMS: Final = (
    *(str(Ecosystem.DESA),) * 5,
    *(str(Ecosystem.PASAR),) * 4,
    *(str(Ecosystem.RENTAN),) * 3,
    *(str(Ecosystem.UKM),) * 3,
    str(Ecosystem.ECOMMERCE),
)
REASONS: Final = (ClosedReason.WITHDRAWN, ClosedReason.MOVED_TO_PU, ClosedReason.DECEASED)
INCOME_ROUNDED: Final = 50_000
INCOMES_DRAWN: Final = tuple(bounds for bounds, weight in INCOMES for _ in range(weight))

# Of those who owe nothing: closed, lapsed long ago, never paid; the others are paid some months on.
IS_CLOSED: Final = 0.02
HAS_LAPSED: Final = 0.10
NEVER_PAID: Final = 0.11
AHEAD: Final = (-1, -1, -1, 0, 0, 0, 0, 1, 1, 2, 2, 3, 5, 8, 11)
LAPSED_FOR: Final = (1, 14)
REGISTERED_DAYS_AGO: Final = (750, 800)
NEVER_PAID_DAYS: Final = 60
CLOSED_DAYS: Final = 300
NULL: Final = r"\N"
BITS: Final = 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Keys of what surrounds a book: its agent and branch, and the name of its regencies."""

    agent: UUID
    branch: int
    first_kpj: int
    regencies: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Home:
    """Where a household lives, and the phone that it shares."""

    member: str
    family: str
    address: str
    place: str
    phone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What somebody paid so far, as COPY reads it."""

    registered_on: date
    paid_through: str = NULL
    episode_no: int = 0
    closed_on: str = NULL
    closed_reason: str = ""


def lines_of(book: Book, order: NationalOrder, keeper: Keeper) -> str:
    """The members of a book in the order of COLUMNS, a line each."""
    scribe = _Scribe(order, keeper, Random(f"national {order.seed} {book.agent}"))  # noqa: S311
    numbers = iter(range(book.first, book.first + book.many))
    return "".join(
        scribe.line(next(numbers), share, share.before + count)
        for share in book.shares
        for count in range(share.many)
    )


def id_of(number: int, as_of: date, bits: int) -> UUID:
    """A UUIDv7 of the order's day: ascending with the number, the rest drawn."""
    began = int(datetime.combine(as_of, time(), tzinfo=UTC).timestamp() * 1000)
    later, place = divmod(number, 4096)
    return UUID(int=(began + later) << 80 | 0x7 << 76 | place << 64 | 0b10 << 62 | bits)


def phone_of(number: int, *, first_line: int, lines: int) -> str:
    """One of the numbers that are nobody's; after all of them it begins again."""
    line, operator = divmod(number, len(OPERATORS))
    return f"+62{OPERATORS[operator]}0000{first_line + line % lines:05}"


class _Scribe:
    """Writes one book; remembers the household met last."""

    def __init__(self, order: NationalOrder, keeper: Keeper, draw: Random) -> None:
        self._order, self._keeper, self._draw = order, keeper, draw
        self._births = _births(order.as_of)
        self._months = _Months(order.as_of)
        self._seal = {name: _field(name).sealer() for name in ENCRYPTED}
        self._nik_index, self._phone_index = indexer("nik"), indexer("phone")
        self._last: Home | None = None

    def line(self, number: int, share: Share, card: int) -> str:
        """One member of a village; `card`: which one of the district."""
        draw, keeper, seal = self._draw, self._keeper, self._seal
        pk = id_of(number, self._order.as_of, draw.getrandbits(BITS))
        regency = share.village[:4]
        nik, born_on, sex = self._card(share.village[:6], card)
        is_guest = self._last is not None and draw.random() < SHARES_HOUSEHOLD
        head = self._last if is_guest else None
        name = person_name(sex, draw, family=head.family if head else "")
        home = head or self._home(pk, name, number)
        self._last = home
        owner = (PhoneOwner.SPOUSE if head else PhoneOwner.SELF).value if home.phone else ""
        parts = (
            f"{pk}\t{keeper.agent}\t{keeper.branch}\t1",
            _bytes(seal["nik"](pk, nik)),
            _bytes(self._nik_index(nik)),
            _bytes(seal["full_name"](pk, name)),
            _words(name, regency),
            f"{born_on}\t{sex.value}",
            _bytes(seal["birthplace"](pk, keeper.regencies[regency])),
            f"{share.village}\t{regency}",
            _bytes(seal["address_line"](pk, home.address)),
            home.place,
            _bytes(seal["phone"](pk, home.phone)) if home.phone else NULL,
            _bytes(self._phone_index(home.phone)) if home.phone else NULL,
            owner,
            NULL if home.phone else _bytes(seal["no_phone_reason"](pk, NO_PHONE)),
            self._work(),
            head.member if head else NULL,
            f"{provisional_kpj(keeper.first_kpj + number)}\tt\tnot_checked",
            self._cover(number),
        )
        return "\t".join(parts) + "\n"

    def _card(self, district: str, card: int) -> tuple[str, str, Sex]:
        """NIK, birth and sex of one of a district's cards, which are scattered, each used once."""
        slot = (card * CARD_STEP + int(district) * DISTRICT_STEP) % CARDS
        rest, birth = divmod(slot, BIRTHS)
        serial, is_woman = divmod(rest, 2)
        born_on, of_men, of_women = self._births[birth]
        day = of_women if is_woman else of_men
        sex = Sex.FEMALE if is_woman else Sex.MALE
        return f"{district}{day}{SERIALS[0] + serial}", born_on, sex

    def _home(self, pk: UUID, name: str, number: int) -> Home:
        draw = self._draw
        street = f"{_one(STREETS, draw)} {_one(STREET_NAMES, draw)}"
        words = name.split()
        has_phone = draw.random() >= HAS_NO_PHONE
        phone = phone_of(number, first_line=0, lines=MEMBER_LINES) if has_phone else None
        return Home(
            member=str(pk),
            family=words[-1] if len(words) > 1 else "",
            address=f"{street} No. {1 + int(draw.random() * 99)}",
            place=f"{1 + int(draw.random() * 30):03}\t{1 + int(draw.random() * 9):03}\t",
            phone=phone,
        )

    def _work(self) -> str:
        draw = self._draw
        low, high = _one(INCOMES_DRAWN, draw)
        steps = (high - low) // INCOME_ROUNDED + 1
        income = low + int(draw.random() * steps) * INCOME_ROUNDED
        has_jht = draw.random() < HAS_JHT
        programmes = "{JKK,JKM,JHT}" if has_jht else "{JKK,JKM}"
        return f"{_one(ECOSYSTEMS, draw)}\t{income}\t{programmes}\tf"

    def _cover(self, number: int) -> str:
        stands = self._standing(number)
        begun = stands.registered_on.isoformat()
        started = begun if stands.episode_no else NULL
        return (
            f"{begun}\t{stands.paid_through}\t{stands.episode_no}\t{started}"
            f"\t{stands.closed_on}\t{stands.closed_reason}"
        )

    def _standing(self, number: int) -> Standing:
        draw, months, as_of = self._draw, self._months, self._order.as_of
        first, spread = REGISTERED_DAYS_AGO
        joined = as_of - timedelta(days=first + int(draw.random() * spread))
        if self._order.is_due(number):
            paid = _one(months.due, draw)
            return Standing(registered_on=joined, paid_through=paid, episode_no=1)
        chance = draw.random()
        if chance >= NEVER_PAID:
            paid = _one(months.ahead, draw)
            return Standing(registered_on=joined, paid_through=paid, episode_no=1)
        if chance >= HAS_LAPSED:
            joined = as_of - timedelta(days=int(draw.random() * NEVER_PAID_DAYS))
            return Standing(registered_on=joined)
        paid = _one(months.lapsed, draw)
        if chance >= IS_CLOSED:
            return Standing(registered_on=joined, paid_through=paid, episode_no=1)
        closed_on = as_of - timedelta(days=1 + int(draw.random() * CLOSED_DAYS))
        return Standing(
            registered_on=joined,
            paid_through=paid,
            episode_no=1,
            closed_on=closed_on.isoformat(),
            closed_reason=_one(REASONS, draw).value,
        )


class _Months:
    """Last paid months, as texts: of those who owe, of those who lapsed, of the others."""

    def __init__(self, as_of: date) -> None:
        oldest, newest = due_window(as_of)
        here = month_of(as_of)
        window = months_between(oldest, newest)
        # The sooner the month, the more owe it.
        self.due = [
            add_months(newest, -back).isoformat()
            for back in range(window + 1)
            for _ in range(window + 1 - back)
        ]
        self.lapsed = [add_months(oldest, -back).isoformat() for back in range(*LAPSED_FOR)]
        self.ahead = [add_months(here, ahead).isoformat() for ahead in AHEAD]


@lru_cache(maxsize=2)
def _births(as_of: date) -> list[tuple[str, str, str]]:
    """Each day of birth: ISO 8601, and as the cards of men and of women say it."""
    days = (as_of - timedelta(days=YOUNGEST_DAYS + back) for back in range(BIRTHS))
    return [(day.isoformat(), f"{day:%d%m%y}", f"{day.day + WOMEN_ADD}{day:%m%y}") for day in days]


def _one(choices: Sequence[T], draw: Random) -> T:
    return choices[int(draw.random() * len(choices))]


def _bytes(value: bytes) -> str:
    return rf"\\x{value.hex()}"


def _words(name: str, regency: str) -> str:
    """Each word's digest once, as `name_words` gives them for the whole name."""
    digests: dict[str, None] = {}
    for word in name.split():
        digests.update(_digests(word, regency))
    return "{" + ",".join(digests) + "}"


@lru_cache(maxsize=4_096)
def _digests(word: str, regency: str) -> dict[str, None]:
    found = name_words(word, regency_code=regency)
    return {rf'"\\\\x{digest.hex()}"': None for digest in found}


def _field(column: str) -> "EncryptedTextField[str | None, str | None]":
    found = Member._meta.get_field(column)
    if not isinstance(found, EncryptedTextField):
        raise TypeError(f"{column} is not an encrypted text")
    return found
