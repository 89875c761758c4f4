"""The judge of parallel sends finds each fault that it is there for, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from faults.parallel import Batch, Found, Told, judged

NOBODY = UUID(int=0)
VISIT, NOTE = "11111111-1111-7111-8111-111111111111", "22222222-2222-7222-8222-222222222222"
BATCH = Batch(
    agent_id=NOBODY,
    device_id=NOBODY,
    token="",
    ops=(
        {"op_id": VISIT, "seq": 1, "kind": "follow_up.attempt"},
        {"op_id": NOTE, "seq": 2, "kind": "device.note"},
    ),
)
THERE = Found(stored=((1, VISIT, "applied"), (2, NOTE, "applied")), effects={VISIT: 1}, raised=1)
Results = Sequence[Mapping[str, Any]]


def result(seq: int, *, first: bool, ver: int = 7) -> dict[str, Any]:
    """Applied, as who came first hears it, or as the others do."""
    said = {"result": "applied", "ver": ver}
    place = {"seq": seq, "op_id": VISIT if seq == 1 else NOTE}
    return place | (said if first else {"result": "duplicate", "first": said})


def told(*results: Mapping[str, Any], is_answered: bool = True) -> Told:
    return Told(results=tuple(results), tries=1, seconds=0.1, is_answered=is_answered)


FIRST = told(result(1, first=True), result(2, first=True))
SECOND = told(result(1, first=False), result(2, first=False))


def faults(*heard: Told, there: Found = THERE) -> dict[str, int]:
    """What the judge finds, without what it does not."""
    return {name: many for name, many in judged(BATCH, heard, there).items() if many}


def test_one_is_first_and_all_others_hear_the_same() -> None:
    assert faults(FIRST, SECOND, SECOND) == {}
    mixed = told(result(1, first=True), result(2, first=False))
    assert faults(mixed, told(result(1, first=False), result(2, first=True))) == {}


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (replace(THERE, stored=THERE.stored[:1]), {"lost": 1}),
        (replace(THERE, stored=(*THERE.stored[:1], (2, NOTE, "blocked"))), {"lost": 1}),
        (replace(THERE, stored=(*THERE.stored, (2, NOTE, "applied"))), {"stored_twice": 1}),
        (replace(THERE, stored=(*THERE.stored, (3, NOTE, "applied"))), {"stored_twice": 1}),
        (replace(THERE, effects={}), {"effects_lost": 1}),
        (replace(THERE, effects={VISIT: 3}), {"effects_twice": 2}),
        (replace(THERE, raised=2), {"raised_otherwise": 1}),
    ],
    ids=["gone", "other word", "twice", "elsewhere too", "no effect", "effects", "book"],
)
def test_planted_rows_are_found(there: Found, found: dict[str, int]) -> None:
    assert faults(FIRST, SECOND, there=there) == found


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ([FIRST, FIRST], {"not_first_once": 2}),
        ([SECOND, SECOND], {"not_first_once": 2}),
        ([FIRST, told(result(1, first=False, ver=8))], {"told_otherwise": 1}),
        ([FIRST, told(is_answered=False)], {"unanswered": 1}),
    ],
    ids=["two first", "none first", "other result", "no answer"],
)
def test_planted_answers_are_found(heard: list[Told], found: dict[str, int]) -> None:
    assert faults(*heard) == found
