"""R32: members without a working agent are dealt out fairly, and the same every time."""

from collections import Counter
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.dealing import Deal, Taker, Waiting, deal

VILLAGES = [
    *("3515142001", "3515142002", "3515141001"),
    *("3516011001", "1671011001", "1671011002"),
]
PLACES = [*VILLAGES, "3515", "1671"]
MOST = 4


def key(number: int) -> UUID:
    return UUID(int=number)


def taker(
    number: int, *places: str, visits: int = 0, members: int = 0, room: int = 10_000
) -> Taker:
    return Taker(
        agent_id=key(number),
        number=f"PRS-{number:04d}",
        places=frozenset(places),
        visits=visits,
        members=members,
        room=room,
    )


def waits(number: int, place: str = VILLAGES[0], *, needs_visit: bool = True) -> Waiting:
    return Waiting(member_id=key(number), place=place, needs_visit=needs_visit)


def given_to(dealt: Deal) -> dict[UUID, UUID]:
    """By member, the agent."""
    return {member: agent for agent, members in dealt.taken.items() for member in members}


members = st.lists(st.tuples(st.sampled_from(PLACES), st.booleans()), max_size=30).map(
    lambda rows: [waits(n, place, needs_visit=v) for n, (place, v) in enumerate(rows)]
)
agents = st.lists(
    st.tuples(
        st.sets(st.sampled_from(VILLAGES), max_size=3),
        st.integers(0, MOST + 2),
        st.integers(0, 5),
        st.integers(0, 12),
    ),
    max_size=6,
).map(
    lambda rows: [
        taker(n, *places, visits=visits, members=visits + more, room=room)
        for n, (places, visits, more, room) in enumerate(rows)
    ]
)


@given(members, agents)
def test_every_member_has_exactly_one_agent_or_stays_with_the_branch(
    waiting: list[Waiting], takers: list[Taker]
) -> None:
    dealt = deal(waiting, takers, most_visits=MOST)
    placed = [member for taken in dealt.taken.values() for member in taken]
    assert Counter([*placed, *dealt.left]) == Counter(one.member_id for one in waiting)
    assert dealt.taken.keys() <= {one.agent_id for one in takers}


@given(members, agents)
def test_nobody_gets_more_visits_than_the_limit_or_more_rows_than_fit(
    waiting: list[Waiting], takers: list[Taker]
) -> None:
    dealt = deal(waiting, takers, most_visits=MOST)
    visits = {one.member_id for one in waiting if one.needs_visit}
    for one in takers:
        taken = dealt.taken.get(one.agent_id, ())
        new = len(visits & set(taken))
        assert new == 0 or one.visits + new <= MOST
        assert len(taken) <= one.room


@given(members, agents)
def test_whoever_stays_could_go_nowhere(waiting: list[Waiting], takers: list[Taker]) -> None:
    dealt = deal(waiting, takers, most_visits=MOST)
    visits = {one.member_id for one in waiting if one.needs_visit}
    for one in takers:
        taken = dealt.taken.get(one.agent_id, ())
        is_full = len(taken) >= one.room
        has_most = one.visits + len(visits & set(taken)) >= MOST
        assert is_full or (has_most and set(dealt.left) <= visits) or not dealt.left


@given(members, st.integers(2, 5), st.sets(st.sampled_from(VILLAGES), min_size=1))
def test_equally_near_agents_differ_by_one_at_most(
    waiting: list[Waiting], count: int, places: set[str]
) -> None:
    takers = [taker(n, *places) for n in range(count)]
    dealt = deal(waiting, takers, most_visits=1_000)
    visits = {one.member_id for one in waiting if one.needs_visit}
    taken = [set(dealt.taken.get(one.agent_id, ())) for one in takers]
    for loads in ([len(mine & visits) for mine in taken], [len(mine) for mine in taken]):
        assert max(loads) - min(loads) <= 1


@given(members, agents, st.randoms())
def test_the_same_people_are_dealt_out_the_same_way(
    waiting: list[Waiting], takers: list[Taker], random: Random
) -> None:
    first = deal(waiting, takers, most_visits=MOST)
    shuffled = random.sample(takers, len(takers))
    assert deal(waiting, shuffled, most_visits=MOST) == first
    assert list(first.taken) == [
        one.agent_id
        for one in sorted(takers, key=lambda one: one.number)
        if one.agent_id in first.taken
    ]


@pytest.mark.parametrize(
    ("place", "nearest"),
    [
        pytest.param("3515142001", 1, id="her village"),
        pytest.param("3515142009", 1, id="her district"),
        pytest.param("3515999001", 1, id="her regency"),
        pytest.param("3515", 1, id="only the regency is known"),
        pytest.param("3516011001", 2, id="another regency's village"),
        pytest.param("3599011001", 1, id="her province, and fewer to look after"),
        pytest.param("8271011001", 3, id="nobody is near: who has least"),
    ],
)
def test_the_nearest_comes_first_and_then_who_has_least(place: str, nearest: int) -> None:
    takers = [
        taker(1, "3515142001", visits=5),
        taker(2, "3516011001", visits=9),
        taker(3, "1671011001", visits=0),
    ]
    dealt = deal([waits(1, place)], takers, most_visits=100)
    assert given_to(dealt) == {key(1): key(nearest)}


def test_a_villages_own_members_come_before_those_from_afar() -> None:
    near, far = waits(2), waits(1, "3515141001")
    takers = [taker(1, VILLAGES[0], visits=99), taker(2, "1671011001", visits=50)]
    dealt = deal([far, near], takers, most_visits=100)
    assert given_to(dealt) == {key(2): key(1), key(1): key(2)}


def test_visits_come_before_the_rest_and_the_rest_knows_no_limit_of_visits() -> None:
    waiting = [waits(1, needs_visit=False), waits(2), waits(3)]
    one = taker(1, VILLAGES[0], visits=99, room=2)
    dealt = deal(waiting, [one], most_visits=100)
    assert dealt == Deal(taken={key(1): (key(2), key(1))}, left=(key(3),))


def test_without_agents_all_stay_in_their_order() -> None:
    assert deal([waits(2), waits(1)], [], most_visits=9).left == (key(2), key(1))
