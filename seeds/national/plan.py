"""How many members live where, and in whose book each is: worked out before anybody is invented.

Pure, and the same for the same order, so that no process needs to know what another one does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from random import Random
from typing import Final

from perisai.models import VillageKind

MEMBERS_PER_AGENT: Final = 666
MOST_AGENTS: Final = 15_000
AGENTS_PER_OFFICE: Final = 12
AGENTS_PER_BRANCH: Final = 50
PER_WHOLE: Final = 10_000

# Ten thousands of people at the census of 2020, shared among the provinces that were split since.
PEOPLE: Final = {
    "11": 527,
    "12": 1_480,
    "13": 553,
    "14": 639,
    "15": 355,
    "16": 847,
    "17": 201,
    "18": 901,
    "19": 146,
    "21": 206,
    "31": 1_056,
    "32": 4_827,
    "33": 3_652,
    "34": 367,
    "35": 4_067,
    "36": 1_190,
    "51": 432,
    "52": 532,
    "53": 533,
    "61": 541,
    "62": 267,
    "63": 407,
    "64": 377,
    "65": 70,
    "71": 262,
    "72": 299,
    "73": 907,
    "74": 262,
    "75": 117,
    "76": 142,
    "81": 185,
    "82": 128,
    "91": 103,
    "92": 56,
    "93": 51,
    "94": 143,
    "95": 145,
    "96": 57,
}
# A kelurahan of a town holds more people than a village; both differ widely among themselves.
TOWN: Final = 3.0
SPREAD: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalOrder:
    """What is wanted. `due`: how many of ten thousand members owe a month on the day."""

    members: int
    seed: int
    due: int
    as_of: date

    @property
    def digest(self) -> str:
        """Tells one order from another."""
        said = f"national/1 {self.members} {self.seed} {self.due} {self.as_of}"
        return sha256(said.encode()).hexdigest()

    def is_due(self, number: int) -> bool:
        """Whether the member of a number owes a month: spread evenly, and exact in sum."""
        return (number + 1) * self.due // PER_WHOLE > number * self.due // PER_WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Some members of one village. `before`: how many of its district come before them."""

    village: str
    before: int
    many: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The members of one agent: neighbours by village code. Numbers begin with 0."""

    agent: int
    first: int
    shares: tuple[Share, ...]

    @property
    def many(self) -> int:
        """How many members it holds."""
        return sum(share.many for share in self.shares)


def agents_for(members: int) -> int:
    """How many agents look after so many members."""
    return min(MOST_AGENTS, -(-members // MEMBERS_PER_AGENT))


def books_of(order: NationalOrder, villages: Iterable[tuple[str, str]]) -> list[Book]:
    """Everybody, agent by agent; villages are (code, kind) by ascending code."""
    agents = agents_for(order.members)
    ends = [(number + 1) * order.members // agents for number in range(agents)]
    shares: list[Share] = []
    books: list[Book] = []
    placed = first = 0
    for share in _placed(order, villages):
        left = share
        while placed + left.many >= ends[len(books)]:
            taken = ends[len(books)] - placed
            shares.append(Share(village=left.village, before=left.before, many=taken))
            books.append(Book(agent=len(books), first=first, shares=tuple(shares)))
            placed = first = first + books[-1].many
            shares = []
            left = Share(village=left.village, before=left.before + taken, many=left.many - taken)
            if len(books) == agents:
                return books
        if left.many:
            shares.append(left)
            placed += left.many
    raise AssertionError("the shares of all villages add up to the members")


def _placed(order: NationalOrder, villages: Iterable[tuple[str, str]]) -> Iterator[Share]:
    """The share of each village that has one; they add up to the members."""
    sizes = list(_sizes(order, villages))
    whole = sum(size for _, size in sizes)
    reached, placed, before, district = 0.0, 0, 0, ""
    for place, (village, size) in enumerate(sizes, start=1):
        reached += size
        end = order.members if place == len(sizes) else round(order.members * reached / whole)
        if village[:6] != district:
            district, before = village[:6], 0
        if end > placed:
            yield Share(village=village, before=before, many=end - placed)
        before += end - placed
        placed = end


def _sizes(
    order: NationalOrder, villages: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, float]]:
    """Villages with their parts of the country, which follow the people of their province."""
    draw = Random(f"national villages {order.seed}")  # noqa: S311  nothing secret is drawn
    drawn = [
        (code, draw.lognormvariate(0, SPREAD) * (TOWN if kind == VillageKind.KELURAHAN else 1.0))
        for code, kind in villages
    ]
    sums: dict[str, float] = {}
    for code, size in drawn:
        sums[code[:2]] = sums.get(code[:2], 0.0) + size
    for code, size in drawn:
        yield code, size * PEOPLE[code[:2]] / sums[code[:2]]
