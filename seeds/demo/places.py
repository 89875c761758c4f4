"""Where the demonstration plays: the real villages of its regencies, and who serves which."""

from dataclasses import dataclass
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from perisai.models import Regency, Village

FEWEST_VILLAGES: Final = 2
MOST_VILLAGES: Final = 6


class NoPlaces(LookupError):
    """A regency of the demonstration has no villages: the reference data are not loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One regency as the demonstration needs it; villages by ascending code."""

    regency: str
    name: str
    zone: ZoneInfo
    villages: tuple[str, ...]


def read_place(regency: str) -> Place:
    """A regency with its villages and its own time. Raises NoPlaces."""
    row = Regency.objects.select_related("province").filter(code=regency).first()
    villages = Village.objects.filter(district__regency=regency).order_by("code")
    codes = tuple(villages.values_list("code", flat=True))
    if row is None or not codes:
        raise NoPlaces(regency)
    return Place(
        regency=regency, name=row.name, zone=ZoneInfo(row.province.timezone), villages=codes
    )


def villages_of_agents(place: Place, agents: int, numbers: Random) -> list[tuple[str, ...]]:
    """Two to six neighbouring villages for each agent, spread over the whole regency."""
    shares = []
    for number in range(agents):
        many = numbers.randint(FEWEST_VILLAGES, MOST_VILLAGES)
        first = number * len(place.villages) // agents
        first = min(first, max(0, len(place.villages) - many))
        shares.append(place.villages[first : first + many])
    return shares
