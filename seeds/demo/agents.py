"""Invented agents and the villages that they look after."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from enrollment.nik import Sex
from perisai.months import add_calendar_months
from seeds.demo.draws import id_at, office_hour, stream
from seeds.demo.names import person_name
from seeds.demo.places import Place, villages_of_agents
from seeds.demo.plan import BranchPlan

APPOINTED_MONTHS_AGO: Final = 25
APPOINTED_WITHIN_DAYS: Final = 300
# The first hundred numbers of 0812 0000 xxxx, which are nobody's.
PHONE_PREFIX: Final = "+62812000000"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DemoAgent:
    """One invented agent; `office` is the code of the wadah, `member` her own membership."""

    id: UUID
    number: str
    name: str
    phone: str
    office: str
    appointed_on: date
    villages: tuple[str, ...]
    member: UUID | None = None


def agents_of(
    plan: BranchPlan, place: Place, *, many: int, phones_from: int, as_of: date
) -> list[DemoAgent]:
    """The agents of a branch by number, all appointed before the two years begin."""
    numbers = stream(f"agents of {plan.code}")
    newest = add_calendar_months(as_of, -APPOINTED_MONTHS_AGO)
    agents = []
    for number, villages in enumerate(villages_of_agents(place, many, numbers)):
        appointed_on = newest - timedelta(days=numbers.randrange(APPOINTED_WITHIN_DAYS))
        appointed_at = office_hour(appointed_on, place.zone, numbers)
        sex = numbers.choice((Sex.FEMALE, Sex.MALE))
        agents.append(
            DemoAgent(
                id=id_at(appointed_at, numbers),
                number=f"PRS-{place.regency}-{number + 1:04}",
                name=person_name(sex, numbers),
                phone=f"{PHONE_PREFIX}{phones_from + number:02}",
                office=plan.offices[number % len(plan.offices)].code,
                appointed_on=appointed_on,
                villages=villages,
            )
        )
    return agents
