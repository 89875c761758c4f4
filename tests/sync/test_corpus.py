"""Old forms are accepted for ever: upcasters, and a corpus of released bodies that only grows.

Each file of `corpus/` is what phones of one release sent, as one history of one agent; a release
that changes a form adds a file and touches none.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from time_machine import travel

from enrollment.models import ClosedReason, ConsentMethod, Ecosystem, ProspectOutcome, Purpose
from perisai.ids import new_id
from retention.models import AttemptChannel, Contact, Decision
from sync import registry
from sync.models import Operation
from sync.operations import NOTE_CODES, VOID_REASONS
from sync.registry import Json, Op, Result, known_kinds
from sync.services.digest import canonical, digest_of
from tests.factories.enrollment import EligibleAgentFactory
from tests.factories.perisai import DeviceFactory
from tests.sync.offices import case_of, rule, supervisor_of
from tests.sync.pebbles import KIND, laid, lay
from tests.sync.phones import Body, Phone, op, phone_of

pytestmark = pytest.mark.django_db

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(CORPUS.glob("20*.json"))
RELEASED = 20  # bodies so far: more may come, none may go
RECEIVED = "2026-11-18T03:00:00+00:00"


def entries(file: Path) -> list[Any]:
    """Bodies of one release with their digests and results."""
    found: list[Any] = json.loads(file.read_text("utf-8"))
    return found


def test_the_corpus_only_grows_and_no_body_was_touched() -> None:
    every = [entry for file in FILES for entry in entries(file)]
    assert len(every) >= RELEASED
    assert all(digest_of(canonical(entry["op"])).hex() == entry["digest"] for entry in every)
    assert len({entry["digest"] for entry in every}) == len(every)


def test_every_kind_and_version_stands_in_the_corpus() -> None:
    released = {
        (entry["op"]["kind"], entry["op"]["v"]) for file in FILES for entry in entries(file)
    }
    assert set(known_kinds()) <= released


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_released_bodies_come_to_what_they_always_came_to(file: Path) -> None:
    phone = phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))
    sent = [entry["op"] | {"seq": seq} for seq, entry in enumerate(entries(file), start=1)]
    with travel(RECEIVED, tick=False):
        results = phone.push(*sent)
        phone.pull()
    said = [(one["result"], one.get("problem", {}).get("errors")) for one in results]
    assert said == [(entry["becomes"], None) for entry in entries(file)]
    assert phone.agrees()


def test_f15_retired_codes_still_accepted() -> None:
    """Code lists are additive: what a phone once knew is a code for ever."""
    once: dict[str, list[str]] = json.loads((CORPUS / "codes.json").read_text("utf-8"))
    now = {
        "contact": set(Contact.values),
        "decision": set(Decision.values),
        "channel": set(AttemptChannel.values),
        "outcome": set(ProspectOutcome.values),
        "ecosystem": set(Ecosystem.values),
        "close_reason": set(ClosedReason.values),
        "purpose": set(Purpose.values),
        "consent_method": set(ConsentMethod.values),
        "note": set(NOTE_CODES),
        "void": set(VOID_REASONS),
    }
    assert set(once) == set(now)
    assert {name: sorted(set(codes) - now[name]) for name, codes in once.items()} == {
        name: [] for name in once
    }


def lay_modern(operation: Op) -> Result:
    """The second form of a pebble: its weight in grams, under another name."""
    weighed = {**operation.data, "weight": operation.data["grams"] // 1000}
    return lay(replace(operation, data=weighed))


def in_grams(data: Json) -> Json:
    """v1 said kilograms."""
    rest = {name: value for name, value in data.items() if name != "weight"}
    return {**rest, "grams": data["weight"] * 1000}


@pytest.fixture
def upcast(pebbles: object) -> None:
    """A release in which a pebble is weighed in grams, and then has a second phase."""
    registry._kinds.pop(("pebble.lay", 1))
    registry.upcasts("pebble.lay", v=1)(in_grams)
    registry.upcasts("pebble.lay", v=2)(lambda data: {**data, "phase": 3})
    registry.operation("pebble.lay", v=3, on=KIND, creates=True)(lay_modern)


def lay_v(seq: int, v: int, **data: Any) -> Body:
    return op(seq, "pebble.lay", v=v, entity_id=new_id(), data=data)


@pytest.mark.usefixtures("upcast")
def test_p12_old_schemas_upcast(phone: Phone) -> None:
    old, older_twin = lay_v(1, 1, weight=7), lay_v(2, 2, grams=7000)
    modern = lay_v(3, 3, grams=7000, phase=3)
    results = phone.push(old, older_twin, modern)
    phone.pull()

    keys = [{k: v for k, v in one.items() if k in {"result", "rev", "entity"}} for one in results]
    assert keys == [{"result": "applied", "rev": 1, "entity": "pebble"}] * 3
    rows = [phone.rows[KIND, sent["entity_id"]][1] for sent in (old, older_twin, modern)]
    assert rows == [{"weight": "7"}] * 3
    assert Operation.objects.get(seq=1).body == old  # kept as it came


@pytest.mark.usefixtures("upcast")
def test_an_old_form_that_was_held_is_decided_as_a_modern_one(phone: Phone) -> None:
    sent = lay_v(1, 1, weight=7, fault="conflict")
    assert phone.push(sent)[0]["result"] == "conflict"
    rule(case_of(sent), "apply", by=supervisor_of(phone))
    assert laid() == 1


@pytest.mark.usefixtures("upcast")
def test_an_old_form_that_cannot_be_read_is_parked_and_blocks_nothing(phone: Phone) -> None:
    results = phone.push(lay_v(1, 1), lay_v(2, 1, weight=1))
    assert [(one["result"], one.get("code", "")) for one in results] == [
        ("blocked", "parked"),
        ("applied", ""),
    ]


@pytest.mark.usefixtures("upcast")
def test_the_record_of_an_old_form_is_known_for_its_erasure(phone: Phone) -> None:
    registry.upcasts("pebble.file", v=1)(lambda data: {"pebble_id": data["stone"]})
    registry.operation("pebble.file", v=2, on=KIND, key="pebble_id")(
        lambda operation: Result(word="applied")
    )
    pebble = lay_v(1, 3, grams=1000)
    phone.push(pebble, op(2, "pebble.file", data={"stone": pebble["entity_id"]}))
    filed = Operation.objects.get(seq=2)
    assert (str(filed.about_id), filed.result) == (pebble["entity_id"], "applied")


@pytest.mark.usefixtures("upcast")
@pytest.mark.parametrize(
    "register",
    [
        lambda: registry.upcasts("pebble.lay", v=1)(in_grams),
        lambda: registry.upcasts("pebble.lay", v=3)(in_grams),
        lambda: registry.operation("pebble.lay", v=1, on=KIND)(lay),
    ],
    ids=["two upcasters", "an upcaster beside a handler", "a handler beside an upcaster"],
)
def test_one_version_is_read_in_one_way(register: Callable[[], object]) -> None:
    with pytest.raises(ImproperlyConfigured):
        register()
