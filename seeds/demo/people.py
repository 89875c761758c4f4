"""Invented people: who they are, where they live, how they pay. Pure, given the numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final

from enrollment.models import ClosedReason, ConsentMethod, PhoneOwner, Purpose, Relation
from enrollment.nik import WOMEN_ADD, Sex
from perisai.months import add_calendar_months, add_months, month_of
from seeds.demo.agents import DemoAgent
from seeds.demo.draws import day_between, happens, id_at, office_hour, stream, weighted
from seeds.demo.names import family_of, person_name
from seeds.demo.person import (
    Agreement,
    Closing,
    Contact,
    DemoHeir,
    Habit,
    Identity,
    Pattern,
    Person,
    Work,
)
from seeds.demo.places import Place
from seeds.demo.plan import FEWEST_MEMBERS_PER_AGENT, BranchPlan

YEARS: Final = 2
DAYS_PER_YEAR: Final = 365.25
YOUNGEST, OLDEST = 18, 64
# Serials of 99xx are nobody's; those from 9970 on belong to the story over HTTP.
SERIALS: Final = (9_900, 9_969)
# Numbers of 0812 0000 xxxx are nobody's; the first hundred belong to the agents.
PHONE_PREFIX: Final = "+628120000"
PHONES: Final = (100, 6_999)

JOINS_WITHIN_DAYS: Final = 20
SHARES_HOUSEHOLD: Final = 0.27
HAS_NO_PHONE: Final = 0.12
HAS_JHT: Final = 0.08
EMPLOYS: Final = 0.01
HAS_SECOND_OCCUPATION: Final = 0.15
IS_DRAFT: Final = 0.012
IS_CLOSED: Final = 0.025
CLOSED_AFTER_DAYS: Final = 90
WANTS_REMINDERS: Final = 0.8

HABITS: Final = (
    (Habit.MONTHLY, 24),
    (Habit.QUARTERLY, 14),
    (Habit.HALF_YEARLY, 10),
    (Habit.YEARLY, 6),
    (Habit.FORGETFUL, 14),
    (Habit.STOPPED, 17),
    (Habit.RETURNING, 9),
    (Habit.NEVER, 3),
    (Habit.HARVEST, 4),
)
INCOMES: Final = (
    ((600_000, 1_000_000), 66),
    ((1_100_000, 1_600_000), 18),
    ((1_700_000, 2_900_000), 12),
    ((3_000_000, 5_500_000), 4),
)
INCOME_STEP: Final = 50_000
NO_PHONE: Final = (
    ("tidak punya ponsel", 6),
    ("ponsel rusak", 3),
    ("tidak ada sinyal di rumah", 2),
)
OWNERS: Final = (
    (PhoneOwner.SPOUSE, 6),
    (PhoneOwner.CHILD, 3),
    (PhoneOwner.NEIGHBOUR, 1),
)
METHODS: Final = ((ConsentMethod.SIGNATURE, 7), (ConsentMethod.THUMBPRINT, 3))
CLOSINGS: Final = (
    (ClosedReason.WITHDRAWN, 4),
    (ClosedReason.MOVED_TO_PU, 4),
    (ClosedReason.DECEASED, 3),
)
RELATIONS: Final = (
    (Relation.SPOUSE, 5),
    (Relation.CHILD, 4),
    (Relation.PARENT, 2),
    (Relation.SIBLING, 1),
)
HEIRS: Final = ((0, 4), (1, 4), (2, 2))
HEIR_BIRTH_YEARS: Final = {
    Relation.SPOUSE: (1_965, 2_002),
    Relation.CHILD: (1_995, 2_020),
    Relation.PARENT: (1_940, 1_965),
    Relation.SIBLING: (1_965, 2_002),
}
STREETS: Final = ("Lorong", "Jalan", "Gang", "Lingkungan")
STREET_NAMES: Final = (
    "Melur",
    "Cempaka",
    "Kenanga",
    "Pala",
    "Cengkih",
    "Bahari",
    "Pasar",
    "Dermaga",
)


@dataclass(slots=True)
class Neighbourhood:
    """What the people of one branch must not share, and the household met last."""

    plan: BranchPlan
    place: Place
    as_of: date
    numbers: Random
    niks: set[str] = field(default_factory=set)
    last: Person | None = None


def people_of(
    plan: BranchPlan, place: Place, agents: list[DemoAgent], *, members: int, as_of: date
) -> list[Person]:
    """The members of a branch by the instant of their registration; books of different sizes."""
    numbers = stream(f"people of {plan.code}")
    here = Neighbourhood(plan=plan, place=place, as_of=as_of, numbers=numbers)
    people: list[Person] = []
    for agent, many in zip(agents, _sizes(members, len(agents), numbers), strict=True):
        here.last = None
        people.append(_herself(agent, here))
        people += (_person(agent, here) for _ in range(many - 1))
    return sorted(people, key=lambda person: (person.captured_at, person.id))


def _sizes(members: int, agents: int, numbers: Random) -> list[int]:
    """Books of 40 to 160 per cent of the mean, which add up to the members."""
    weights = [numbers.uniform(0.4, 1.6) for _ in range(agents)]
    fewest = FEWEST_MEMBERS_PER_AGENT
    left = members - fewest * agents
    bounds = [0, *_running(weights)]
    cuts = [round(left * bound / bounds[-1]) for bound in bounds]
    return [fewest + later - earlier for earlier, later in pairwise(cuts)]


def _running(weights: list[float]) -> Iterator[float]:
    total = 0.0
    for weight in weights:
        total += weight
        yield total


def _herself(agent: DemoAgent, here: Neighbourhood) -> Person:
    """The agent as a member: she joined when the two years began, and pays a year ahead (R29)."""
    numbers = here.numbers
    begins = add_calendar_months(here.as_of, -12 * YEARS)
    on = day_between(begins, begins + timedelta(days=JOINS_WITHIN_DAYS), numbers)
    captured_at = office_hour(on, here.place.zone, numbers)
    village = numbers.choice(agent.villages)
    contact = _contact(village, numbers, head=None, is_draft=False)
    return Person(
        id=id_at(captured_at, numbers),
        op_id=id_at(captured_at, numbers),
        agent=agent.number,
        regency=here.place.regency,
        identity=_identity(village, here, on=on, head=None),
        contact=contact,
        work=_work(here),
        household_of=None,
        captured_at=captured_at,
        agreement=_agreement(captured_at, numbers),
        heirs=tuple(_heirs(captured_at, numbers)),
        pattern=Pattern(habit=Habit.AHEAD),
        closing=None,
    )


def _person(agent: DemoAgent, here: Neighbourhood) -> Person:
    numbers = here.numbers
    head = here.last if happens(SHARES_HOUSEHOLD, numbers) else None
    on = _registered_on(here, head=head)
    captured_at = office_hour(on, here.place.zone, numbers)
    village = (head.contact.village if head else None) or numbers.choice(agent.villages)
    is_draft = head is None and happens(IS_DRAFT, numbers)
    person = Person(
        id=id_at(captured_at, numbers),
        op_id=id_at(captured_at, numbers),
        agent=agent.number,
        regency=here.place.regency,
        identity=_identity(village, here, on=on, head=head),
        contact=_contact(village, numbers, head=head, is_draft=is_draft),
        work=_draft_work() if is_draft else _work(here),
        household_of=head.id if head else None,
        captured_at=captured_at,
        agreement=_agreement(captured_at, numbers),
        heirs=tuple(_heirs(captured_at, numbers)),
        pattern=_pattern(on, numbers),
        closing=None if is_draft else _closing(on, here),
    )
    if head is None and not is_draft:
        here.last = person
    return person


def _registered_on(here: Neighbourhood, *, head: Person | None) -> date:
    """A day of the two years; others of a household follow within a month."""
    first, last = add_calendar_months(here.as_of, -12 * YEARS), here.as_of - timedelta(days=1)
    if head is not None:
        first = head.captured_at.date()
        last = min(last, first + timedelta(days=30))
    return day_between(first, last, here.numbers)


def _identity(village: str, here: Neighbourhood, *, on: date, head: Person | None) -> Identity:
    numbers = here.numbers
    sex = numbers.choice((Sex.FEMALE, Sex.MALE))
    born_on = _born_on(on, numbers)
    nik = _nik(village[:6], born_on, sex, numbers)
    while nik in here.niks:
        nik = _nik(village[:6], born_on, sex, numbers)
    here.niks.add(nik)
    family = family_of(head.identity.full_name) if head else ""
    return Identity(
        nik=nik,
        full_name=person_name(sex, numbers, family=family),
        birth_date=born_on,
        sex=sex,
        birthplace=here.place.name.upper(),
    )


def _born_on(on: date, numbers: Random) -> date:
    """18 to 64 on a day, most of them between 25 and 50."""
    age = numbers.triangular(YOUNGEST + 0.1, OLDEST + 0.9, 36)
    return on - timedelta(days=round(age * DAYS_PER_YEAR))


def _nik(district: str, born_on: date, sex: Sex, numbers: Random) -> str:
    day = born_on.day + (WOMEN_ADD if sex is Sex.FEMALE else 0)
    return f"{district}{day:02}{born_on:%m%y}{numbers.randint(*SERIALS)}"


def _contact(village: str, numbers: Random, *, head: Person | None, is_draft: bool) -> Contact:
    phone, owner = _phone(head, numbers)
    reason = "" if phone else weighted(NO_PHONE, numbers)
    street = f"{numbers.choice(STREETS)} {numbers.choice(STREET_NAMES)}"
    line = f"{street} No. {numbers.randint(1, 99)}"
    rt, rw = f"{numbers.randint(1, 30):03}", f"{numbers.randint(1, 9):03}"
    if head is not None and head.contact.address_line is not None:
        line, rt, rw = head.contact.address_line, head.contact.rt, head.contact.rw
    return Contact(
        village=None if is_draft else village,
        address_line=None if is_draft else line,
        rt=rt,
        rw=rw,
        phone=phone,
        phone_owner=owner,
        no_phone_reason=reason,
    )


def _phone(head: Person | None, numbers: Random) -> tuple[str | None, PhoneOwner | None]:
    """Of a household, one phone; else one's own, or none."""
    if head is not None and head.contact.phone:
        return head.contact.phone, weighted(OWNERS, numbers)
    if happens(HAS_NO_PHONE, numbers):
        return None, None
    return f"{PHONE_PREFIX}{numbers.randint(*PHONES):04}", PhoneOwner.SELF


def _draft_work() -> Work:
    return Work(occupations=(), income=None, programmes=(), is_employer=False)


def _work(here: Neighbourhood) -> Work:
    numbers = here.numbers
    main = weighted(here.plan.trades, numbers)
    occupations = [main]
    if happens(HAS_SECOND_OCCUPATION, numbers):
        others = [trade for trade in here.plan.trades if trade[0] != main]
        occupations.append(weighted(others, numbers))
    is_employer = happens(EMPLOYS, numbers)
    has_jht = happens(HAS_JHT, numbers) or is_employer
    low, high = weighted(INCOMES, numbers)
    return Work(
        occupations=tuple(occupations),
        income=numbers.randrange(low, high + 1, INCOME_STEP),
        programmes=("JKK", "JKM", "JHT") if has_jht else ("JKK", "JKM"),
        is_employer=is_employer,
    )


def _agreement(captured_at: datetime, numbers: Random) -> Agreement:
    purposes = [Purpose.REGISTRATION]
    if happens(WANTS_REMINDERS, numbers):
        purposes.append(Purpose.REMINDERS)
    return Agreement(
        id=id_at(captured_at, numbers),
        purposes=tuple(purposes),
        method=weighted(METHODS, numbers),
        given_at=captured_at - timedelta(minutes=numbers.randint(2, 9)),
    )


def _heirs(captured_at: datetime, numbers: Random) -> Iterator[DemoHeir]:
    for _ in range(weighted(HEIRS, numbers)):
        relation = weighted(RELATIONS, numbers)
        yield DemoHeir(
            id=id_at(captured_at, numbers),
            name=person_name(numbers.choice((Sex.FEMALE, Sex.MALE)), numbers),
            relation=relation,
            birth_year=numbers.randint(*HEIR_BIRTH_YEARS[relation]),
        )


def _pattern(on: date, numbers: Random) -> Pattern:
    habit = weighted(HABITS, numbers)
    if habit not in {Habit.STOPPED, Habit.RETURNING}:
        return Pattern(habit=habit)
    stops_after = add_months(month_of(on), numbers.randint(1, 9))
    if habit is Habit.STOPPED:
        return Pattern(habit=habit, stops_after=stops_after)
    returns_in = add_months(stops_after, numbers.randint(5, 8))
    return Pattern(habit=habit, stops_after=stops_after, returns_in=returns_in)


def _closing(on: date, here: Neighbourhood) -> Closing | None:
    first, last = on + timedelta(days=CLOSED_AFTER_DAYS), here.as_of - timedelta(days=1)
    if first > last or not happens(IS_CLOSED, here.numbers):
        return None
    return Closing(
        on=day_between(first, last, here.numbers), reason=weighted(CLOSINGS, here.numbers)
    )
