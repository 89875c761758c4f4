"""No order of events loses, doubles or misplaces anything between phones and server.

`make fuzz NAME=sync` tries two thousand histories of a hundred steps.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from enrollment.models import Member
from sync.services import book, inbox, outbox, page
from tests.factories.enrollment import registration_data
from tests.machines import sync_claims as claims
from tests.machines.sync_machine import SyncMachine
from tests.machines.sync_world import BEGIN, World
from tests.phone.wire import fresh_id

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
Break = Callable[[pytest.MonkeyPatch], None]
Wish = tuple[str, str, dict[str, Any]]
SHORT, FUZZ = 10, 100  # steps of a history; a fuzz is known by the second


@pytest.fixture(autouse=True)
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """One world for all histories, and pages of a single row where one is asked for."""
    monkeypatch.setattr("sync.services.pull.MIN_BYTES", 1)
    with time_machine.travel(BEGIN, tick=False):
        made = World()
    monkeypatch.setattr(SyncMachine, "world", made, raising=False)
    return made


def test_no_history_loses_doubles_or_misplaces_anything() -> None:
    """P1 to P7, P9 to P11, P13, P14."""
    assert settings.default is not None
    wanted = settings.default.stateful_step_count
    steps = wanted if wanted >= FUZZ else SHORT

    run_state_machine_as_test(SyncMachine, settings=settings(stateful_step_count=steps))


def commuting(world: World) -> list[Wish]:
    """Operations on different members, or on different groups of fields of one."""
    first, second = (str(pk) for pk in world.members[:2])
    visit = {"channel": "visit", "contact": "not_home", "unpaid_since": "2026-11"}
    new, address, work = fresh_id(BEGIN), {"address_line": "Dusun 7"}, {"income_monthly": 1_200_000}
    return [
        ("member.register", new, registration_data(1)),
        ("member.correct", first, {"group": "contact", "set": address}),
        ("member.correct", first, {"group": "work", "set": work}),
        ("member.correct", second, {"group": "contact", "set": address}),
        ("follow_up.attempt", fresh_id(BEGIN), {"member_id": first, **visit}),
        ("follow_up.attempt", fresh_id(BEGIN), {"member_id": second, **visit}),
    ]


def state_after(world: World, wishes: list[Wish]) -> dict[str, Any]:
    """What is there once these have been captured and sent in this order."""
    with transaction.atomic(), time_machine.travel(BEGIN, tick=False):
        handset = world.handsets()[0]
        for kind, key, data in wishes:
            base_rev = 1 if kind == "member.correct" else None
            handset.phone.capture(kind, data, entity_id=key, base_rev=base_rev)
        assert handset.heal().is_done
        claims.p7_every_op_is_answered(handset)
        state = claims.state()
        transaction.set_rollback(True)
    return state | {"inbox": len(state["inbox"])}


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_p8_commuting_ops_commute(world: World, data: st.DataObject) -> None:
    wishes = commuting(world)
    shuffled = data.draw(st.permutations(wishes))
    assert state_after(world, list(shuffled)) == state_after(world, wishes)


def tell_no_book(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book.Changes, "put", lambda *_said: None)


def drop_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book.Changes, "drop", lambda *_said, **_why: None)


def leave_out_a_row(patch: pytest.MonkeyPatch) -> None:
    whole = page.entries_after

    def less(*asked: Any, **said: Any) -> Any:
        found = whole(*asked, **said)
        return replace(found, entries=found.entries[:-1])

    patch.setattr("sync.services.pull.entries_after", less)


def count_no_places(patch: pytest.MonkeyPatch) -> None:
    wrong = inbox.STORE_OUTCOME.replace("last_seq = %(seq)s", "last_seq = last_seq + 0 * %(seq)s")
    assert wrong != inbox.STORE_OUTCOME
    patch.setattr(inbox, "STORE_OUTCOME", wrong)


def raise_the_book_for_a_repeat(patch: pytest.MonkeyPatch) -> None:
    answers = outbox.known_answers

    def again(device: Any, ops: Any) -> Any:
        found = list(answers(device, ops))
        if found:
            members = Member.objects.filter(agent=device.agent_id).values_list("pk", flat=True)
            with book.recording() as changes:
                changes.put(device.agent_id, "member", members)
        return found

    patch.setattr(outbox, "known_answers", again)


def move_cover_by_a_push(patch: pytest.MonkeyPatch) -> None:
    store = inbox._store

    def give(*said: Any) -> Any:
        Member.objects.filter(paid_through=date(2026, 10, 1)).update(paid_through=date(2026, 11, 1))
        return store(*said)

    patch.setattr(inbox, "_store", give)


@pytest.mark.parametrize(
    "break_it",
    [
        tell_no_book,
        drop_nothing,
        leave_out_a_row,
        count_no_places,
        raise_the_book_for_a_repeat,
        move_cover_by_a_push,
    ],
    ids=lambda break_it: str(break_it.__name__).replace("_", " "),
)
def test_broken_server_is_caught(break_it: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(monkeypatch)
    quickly = settings(
        max_examples=60,
        stateful_step_count=SHORT,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
    )

    with pytest.raises(AssertionError):
        run_state_machine_as_test(SyncMachine, settings=quickly)
