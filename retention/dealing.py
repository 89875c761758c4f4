"""Who gets whose members when nobody looks after them: fair, and the same every time (R32).

Pure. The nearest agent first: of the member's village, then of the district, the regency, the
province, then of the branch; among equally near ones who has least to do. No agent gets more visits
than the limit, nor more rows than her phone can hold; who finds no place stays with the branch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

RINGS: Final = (10, 6, 4, 2, 0)
"""How many digits of the village code are equal: village, district, regency, province, none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A member without a working agent; `place` is the village code, or as much as is known."""

    member_id: UUID
    place: str
    needs_visit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """An agent who could take members: where she works, what she has, what still fits."""

    agent_id: UUID
    number: str
    places: frozenset[str]
    visits: int
    members: int
    room: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """Who goes to whom, in the order of the agents' numbers, and who stays with the branch."""

    taken: Mapping[UUID, tuple[UUID, ...]]
    left: tuple[UUID, ...]


def deal(waiting: Sequence[Waiting], takers: Iterable[Taker], *, most_visits: int) -> Deal:
    """Give each member to one agent, or to none; the first in `waiting` choose first.

    Members to visit go before the others, whom no limit of visits holds back. The order of the
    agents makes no difference.
    """
    hands = [_Hand(taker) for taker in sorted(takers, key=lambda one: one.number)]
    rings = {digits: _by_prefix(hands, digits) for digits in RINGS}
    left: set[UUID] = set()
    for is_visit in (True, False):
        group = [one for one in waiting if one.needs_visit is is_visit]
        for digits in RINGS:
            near = rings[digits]
            limit = most_visits if is_visit else None
            group = [one for one in group if not _place(one, near, digits, limit)]
        left |= {one.member_id for one in group}
    return Deal(
        taken={hand.taker.agent_id: tuple(hand.given) for hand in hands if hand.given},
        left=tuple(one.member_id for one in waiting if one.member_id in left),
    )


class _Hand:
    """What an agent has while the members are dealt out."""

    def __init__(self, taker: Taker) -> None:
        self.taker = taker
        self.visits = taker.visits
        self.members = taker.members
        self.given: list[UUID] = []

    def takes_another(self, most_visits: int | None) -> bool:
        if len(self.given) >= self.taker.room:
            return False
        return most_visits is None or self.visits < most_visits

    def burden(self, *, is_visit: bool) -> tuple[int, int, str]:
        own = (self.visits, self.members) if is_visit else (self.members, self.visits)
        return (*own, self.taker.number)

    def take(self, one: Waiting) -> None:
        self.given.append(one.member_id)
        self.members += 1
        self.visits += one.needs_visit


def _by_prefix(hands: Sequence[_Hand], digits: int) -> Mapping[str, list[_Hand]]:
    """The agents by the first digits of their villages; with no digits, all of them."""
    found: dict[str, list[_Hand]] = defaultdict(list)
    for hand in hands:
        places = {place[:digits] for place in hand.taker.places} if digits else {""}
        for prefix in places:
            found[prefix].append(hand)
    return found


def _place(
    one: Waiting, near: Mapping[str, list[_Hand]], digits: int, most_visits: int | None
) -> bool:
    """Give a member to the least burdened of a ring; False: nobody there takes another."""
    if len(one.place) < digits:
        return False
    hands = (hand for hand in near.get(one.place[:digits], ()) if hand.takes_another(most_visits))
    chosen = min(hands, key=lambda hand: hand.burden(is_visit=one.needs_visit), default=None)
    if chosen is not None:
        chosen.take(one)
    return chosen is not None
