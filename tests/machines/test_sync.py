"""No order of events loses, doubles or misplaces anything between phones and server.

`make fuzz NAME=sync` tries two thousand histories of a hundred steps.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from enrollment.services import member_changes
from payments.models import JournalEntry, ReservedCode
from payments.services.idempotency import Claim, Earlier, claim_key
from perisai.ids import new_id
from perisai.pictures import cleaned
from sync.models import Operation, Upload
from sync.registry import known_kinds
from sync.services import book, inbox, outbox, page, uploads
from tests.factories.enrollment import consent_data, registration_data
from tests.machines import sync_claims as claims
from tests.machines.file_steps import FIRST_PIECE, LARGEST_PIECE, SMALLEST_PIECE
from tests.machines.form_steps import WRITTEN
from tests.machines.sync_machine import SyncMachine
from tests.machines.sync_words import ANSWERS, p7_every_op_is_answered
from tests.machines.sync_world import BEGIN, World
from tests.phone.wire import fresh_id

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
Break = Callable[[pytest.MonkeyPatch], None]
Wish = tuple[str, str, dict[str, Any]]
SHORT, FUZZ = 10, 100  # steps of a history; a fuzz is known by the second


@pytest.fixture(autouse=True)
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """One world for all histories; pages of a single row, and files of three pieces."""
    monkeypatch.setattr("sync.services.pull.MIN_BYTES", 1)
    monkeypatch.setattr("sync.services.phone_config.PIECE_BYTES", (SMALLEST_PIECE, LARGEST_PIECE))
    monkeypatch.setattr("tests.phone.carrying.FIRST_PIECE", FIRST_PIECE)
    monkeypatch.setattr("sync.services.upload_checks.clean_apart", cleaned)  # no process for each
    with time_machine.travel(BEGIN, tick=False):
        made = World()
    monkeypatch.setattr(SyncMachine, "world", made, raising=False)
    return made


def test_no_history_loses_doubles_or_misplaces_anything() -> None:
    """P1 to P7, P9 to P11, P13, P14; of codes, files and bills what their claims say."""
    assert settings.default is not None
    wanted = settings.default.stateful_step_count
    steps = wanted if wanted >= FUZZ else SHORT

    run_state_machine_as_test(SyncMachine, settings=settings(stateful_step_count=steps))


def through_all_kinds(machine: SyncMachine) -> None:
    """One history in which each kind of operation takes effect, and each slip is paid once.

    The first slip is paid before its form arrives, the second one after its bill was made.
    """
    machine.register(0, 1)
    machine.attempt(0, 0, "met_member")
    for what in WRITTEN:
        machine.write(0, 0, 1, what)
    for about in ("member", "consent", "attempt"):
        machine.photograph(0, 0, about, 1)
    machine.hand_out_a_code(0, 2, 1, is_whole=True)
    machine.pay_a_slip(0, is_sent_again=True)
    machine.hand_out_a_code(1, 3, 3, is_whole=True)
    for mood in ("deaf", "twice", "late"):
        machine.synchronise(0, ["ok", mood])
    machine.synchronise(0, [])
    machine.synchronise(1, [])
    machine.pay_a_slip(1, is_sent_again=True)
    machine.ask_for_a_bill(0, 0, 1, "deaf")
    assert machine.asked[0].code
    machine.night()
    machine.correct(0, 1, "contact", 1)
    machine.write(0, 0, 0, "meets_again")
    machine.close(0, 1, "moved_to_pu")
    machine.synchronise(0, [])
    machine.claims_that_always_hold()


@contextmanager
def proved(machine: SyncMachine) -> Iterator[SyncMachine]:
    """One history by hand, with what must be true at its end; then it is rolled back."""
    try:
        yield machine
    finally:
        machine.teardown()


def test_each_kind_of_operation_takes_effect() -> None:
    """What a machine never sends it proves nothing about: the registry names all that there is."""
    kinds = {name for name, _v in known_kinds()}
    with proved(SyncMachine()) as machine:
        through_all_kinds(machine)
        done = Operation.objects.filter(result="applied").values_list("kind", flat=True)
        assert set(done) == kinds == set(ANSWERS)
        assert JournalEntry.objects.filter(kind="release").count() == 1
        assert ReservedCode.objects.exclude(bound_at=None).count() == 2
        assert Upload.objects.filter(state="stored").count() == 3


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
        ("heir.set", first, {"heirs": [{"name": "AHLI", "relation": "child"}]}),
        ("consent.record", fresh_id(BEGIN), consent_data() | {"member_id": first}),
    ]


def state_after(world: World, wishes: list[Wish]) -> dict[str, Any]:
    """What is there once these have been captured and sent in this order."""
    with transaction.atomic(), time_machine.travel(BEGIN, tick=False):
        handset = world.handsets()[0]
        for kind, key, data in wishes:
            base_rev = 1 if kind in {"member.correct", "heir.set"} else None
            handset.phone.capture(kind, data, entity_id=key, base_rev=base_rev)
        assert handset.heal().is_done
        p7_every_op_is_answered(handset)
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


def claim_no_code(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("payments.operations.claim_code", lambda *_said, **_now: True)


def release_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("payments.services.binding._enter", lambda *_said, **_now: None)


def make_a_bill_for_each_call(patch: pytest.MonkeyPatch) -> None:
    def claim(asked: Claim) -> int | Earlier:
        return claim_key(replace(asked, key=f"{asked.key}-{new_id()}"))

    patch.setattr("payments.services.billing.claim_key", claim)
    patch.setattr("payments.services.billing._reusable", lambda *_said, **_now: None)


def mix_up_pieces(patch: pytest.MonkeyPatch) -> None:
    whole = uploads.bytes_of
    patch.setattr(uploads, "bytes_of", lambda upload: whole(upload)[::-1])


def keep_no_withdrawal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("enrollment.operations.consenting.withdraw_consent", lambda *_said, **_by: None)


def name_heirs_twice(patch: pytest.MonkeyPatch) -> None:
    keep = member_changes.keep_change

    def twice(*said: Any, **by: Any) -> None:
        keep(*said, **by)
        keep(*said, **by)

    patch.setattr("enrollment.services.heir_lists.keep_change", twice)


@pytest.mark.parametrize(
    "break_it",
    [
        claim_no_code,
        release_nothing,
        make_a_bill_for_each_call,
        mix_up_pieces,
        keep_no_withdrawal,
        name_heirs_twice,
    ],
    ids=lambda break_it: str(break_it.__name__).replace("_", " "),
)
def test_broken_part_is_caught_where_it_is_used(
    break_it: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chance takes long to come by these: the history of all kinds does not."""
    break_it(monkeypatch)
    with pytest.raises(AssertionError), proved(SyncMachine()) as machine:
        through_all_kinds(machine)


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
