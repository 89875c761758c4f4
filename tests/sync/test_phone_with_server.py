"""The reference phone and the real server, over lines of every kind."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from time_machine import travel

from enrollment.models import Member
from enrollment.services.erasure import erase_member
from perisai import clock
from perisai.ids import new_id
from perisai.models import Agent, Device, DeviceState, ErasureReason
from sync.models import Epoch, Operation
from sync.services import book
from tests.factories.enrollment import (
    EligibleAgentFactory,
    MemberFactory,
    in_book,
    registration_data,
)
from tests.phone.advice import Do
from tests.phone.app import Phone, Standing
from tests.phone.files import Picture
from tests.phone.store import Store
from tests.sync.lines import Line, app_of, log_in, new_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(db: None) -> Agent:
    """An agent whose registrations count."""
    return EligibleAgentFactory.create()


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def phone(agent: Agent, line: Line) -> Phone:
    """Her phone, logged in."""
    return app_of(agent, line)


def registers(phone: Phone, number: int, **said: Any) -> tuple[str, str]:
    """A registration captured offline: its operation, its member."""
    member_id = str(new_id())
    data = registration_data(number, **said)
    return phone.capture("member.register", data, entity_id=member_id), member_id


def lives_on(phone: Phone) -> None:
    """Rounds until nothing is unsent and the rows are proved; the phone never waits for long."""
    for _ in range(4):
        if phone.sync().is_done:
            return
    raise AssertionError("the phone and the server do not come together")


def test_what_was_captured_offline_arrives_and_is_proved(phone: Phone) -> None:
    (op_id, member_id), _second = registers(phone, 1), registers(phone, 2)
    assert phone.numbers().not_yet_sent == 2
    assert phone.sync().is_done
    assert phone.standing_of(op_id) is Standing.DONE
    assert phone.members()[member_id]["kpj_provisional"] is True
    assert phone.numbers().confirmed["member"] == 2
    assert phone.cover_states(clock.today())[member_id] == "registered_unpaid"


@pytest.mark.parametrize("mood", ["lost", "deaf", "twice", "late", "cut"])
def test_f2_no_line_loses_or_doubles_a_registration(phone: Phone, line: Line, mood: str) -> None:
    lives_on(phone)
    registers(phone, 1)
    line.will(mood)
    lives_on(phone)
    line.deliver_late()
    lives_on(phone)
    assert Member.objects.filter(agent=phone.store.fact("agent_id")).count() == 1
    assert phone.numbers().confirmed["member"] == 1
    assert Operation.objects.filter(kind="member.register").count() == 1


def test_a_phone_reads_a_config_that_has_changed_with_its_next_visit(
    phone: Phone, settings: Any
) -> None:
    lives_on(phone)
    settings.APP_LATEST = "9.9.9"
    with travel(clock.now() + timedelta(minutes=15), tick=False):
        registers(phone, 1)
        lives_on(phone)
    assert phone.store.fact("config")["app"]["latest"] == "9.9.9"


def test_f22_a_clone_of_the_storage_becomes_another_installation(
    phone: Phone, agent: Agent, tmp_path: Any
) -> None:
    lives_on(phone)
    copy = Store(str(tmp_path / "copy.sqlite"))
    phone.store.db.backup(copy.db)
    twin = new_app(Line(), store=copy)
    registers(phone, 1)
    registers(twin, 2)
    lives_on(phone)
    assert twin.sync().stopped_by is Do.LOG_IN
    log_in(twin, agent)
    lives_on(twin)
    lives_on(phone)
    assert phone.numbers().confirmed["member"] == twin.numbers().confirmed["member"] == 2
    assert Device.objects.filter(agent=agent).count() == 2


def test_f25_a_restored_server_gets_back_what_it_lost(phone: Phone) -> None:
    registers(phone, 1)
    lives_on(phone)
    backup = transaction.savepoint()
    lost_op, lost_member = registers(phone, 2)
    lives_on(phone)
    transaction.savepoint_rollback(backup)
    call_command("new_epoch")
    assert not Member.objects.filter(pk=lost_member).exists()
    lives_on(phone)
    assert Member.objects.filter(pk=lost_member).exists()
    assert phone.numbers().confirmed["member"] == 2
    assert phone.store.fact("epoch") == Epoch.objects.get().name
    assert phone.standing_of(lost_op) is Standing.DONE


def test_f25_what_an_installation_sent_that_was_given_up_since_comes_back_too(
    phone: Phone, agent: Agent
) -> None:
    """Its storage was cloned after the backup: it sends under another installation's places."""
    registers(phone, 1)
    lives_on(phone)
    backup = transaction.savepoint()
    _op, lost_member = registers(phone, 2)
    lives_on(phone)
    phone.outbox.begin_anew(str(new_id()))
    log_in(phone, agent)
    _op, new_member = registers(phone, 3)
    lives_on(phone)
    transaction.savepoint_rollback(backup)
    call_command("new_epoch")
    log_in(phone, agent)
    lives_on(phone)
    assert {lost_member, new_member} < set(phone.members())
    stored = Operation.objects.filter(kind="member.register", same_as=None)
    assert (Member.objects.filter(agent=agent).count(), stored.count()) == (3, 3)


def test_f24_void_fills_the_place_of_what_a_phone_lost(phone: Phone) -> None:
    registers(phone, 1)
    _op, kept = registers(phone, 2)
    phone.store.db.execute("DELETE FROM op WHERE seq = 1")
    assert phone.sync().is_done
    assert set(phone.members()) == {kept}
    assert list(Operation.objects.order_by("seq").values_list("kind", flat=True)) == [
        *("void", "member.register")
    ]


@pytest.mark.parametrize("is_lost", [True, False])
def test_what_was_captured_behind_a_filled_place_keeps_its_time(
    phone: Phone, *, is_lost: bool
) -> None:
    """Whether the phone lost what stood there, or no push could carry it."""
    captured = [clock.now() - timedelta(days=day) for day in (3, 2)]
    first, second = (
        phone.outbox.capture("device.note", {"code": "other"}, now=day) for day in captured
    )
    if is_lost:
        phone.store.db.execute("DELETE FROM op WHERE seq = 1")
    else:
        phone.outbox.give_up(first, "payload_too_large", now=clock.now())
    lives_on(phone)
    filled, kept = Operation.objects.order_by("seq")
    assert (filled.kind, str(kept.op_id)) == ("void", second)
    assert abs(kept.adjusted_at - captured[1]) < timedelta(minutes=1)


def test_f30_a_lost_phone_sends_says_so_and_is_empty(phone: Phone, agent: Agent) -> None:
    registers(phone, 1)
    lives_on(phone)
    registers(phone, 2)
    Device.objects.filter(agent=agent).update(
        state=DeviceState.LOST,
        lost_at=clock.now() + timedelta(hours=1),
        wipe="drain_then_wipe",
    )
    outcome = phone.sync()
    assert outcome.stopped_by is Do.OBEY
    assert phone.outbox.all_ops() == []
    assert phone.book.counts() == {}
    assert Member.objects.filter(agent=agent).count() == 2
    assert Device.objects.get(agent=agent).state == DeviceState.RETIRED


def test_f31_another_user_of_the_handset_keeps_the_first_ones_unsent(
    phone: Phone, agent: Agent
) -> None:
    _op, member_id = registers(phone, 1)
    other = app_of(EligibleAgentFactory.create())
    registers(other, 2)
    lives_on(other)
    assert phone.numbers().not_yet_sent == 1
    assert set(other.members()) & {member_id} == set()
    lives_on(phone)
    assert set(phone.members()) == {member_id}


def test_a_member_who_moved_leaves_the_phone_and_its_work_list(phone: Phone, agent: Agent) -> None:
    member = in_book(MemberFactory.create(agent=agent, registered_on=clock.today()))
    lives_on(phone)
    assert set(phone.members()) == {str(member.pk)}
    Member.objects.filter(pk=member.pk).update(agent=None)
    with book.recording() as changes:
        changes.drop(agent.pk, "member", [member.pk], reason="reassigned")
    lives_on(phone)
    assert phone.members() == {}
    gone = phone.book.given_up("member", str(member.pk))
    assert gone is not None
    assert gone.reason == "reassigned"
    assert phone.work_list(clock.today()) == []


def test_a_phone_that_walks_after_an_erasure_keeps_nothing_that_it_had_sent(phone: Phone) -> None:
    """Before any delta could tell it; what it sent about others stays."""
    (_op, member_id), (other_id, _other) = registers(phone, 1), registers(phone, 2)
    lives_on(phone)
    picture = Picture(content=b"0123456789", about="member", about_id=member_id, role="place")
    file_id = phone.files.add(picture, now=clock.now())
    phone.sync()
    member = Member.objects.get(pk=member_id)
    erase_member(member.pk, by=None, reason=ErasureReason.REQUEST, request_id=None, now=clock.now())

    phone.book.begin_walk()
    lives_on(phone)

    assert phone.book.erased() == [member_id]
    assert [op.op_id for op in phone.outbox.all_ops()] == [other_id]
    assert phone.files.upload(file_id) is None
