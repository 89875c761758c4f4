"""Real workers, two beats, a broker and a gateway: killed, lost and back. Once is once.

A sweep is held in its middle by a table that nobody may write to, a relay by a gateway that took
the message and does not answer. Nothing here waits for a time that is not the product's own.
"""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest
from django.db.models import Count, F

from config.local.gateway import Gateway
from config.local.gateway import gateway as gateway_process
from faults.victims import children_of
from perisai.ids import new_id
from perisai.models import OutboxMessage, Pulse
from retention.models import FollowUp, Reminder, ReminderLine, ReminderRun, SweepRun
from retention.priority import WorkKind
from tests.factories.enrollment import MemberFactory
from tests.faults.works import (
    Process,
    Works,
    ask_to_end,
    held,
    kill_children,
    kill_main,
    main_of,
    wait_for_a_writer,
    works,
)
from tests.payments.website import PATIENCE, eventually
from tests.retention.reminded import who_agreed
from tests.statements import run_sql

pytestmark = [
    pytest.mark.slow,
    pytest.mark.chaos,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are found in /proc"),
]
NIGHT: Final = "2026-10-01T00:10:00+07:00"
DAY: Final = date(2026, 10, 1)
FAULT: Final = """
    CREATE FUNCTION fail_a_regency() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'this regency fails'; END $$;
    CREATE TRIGGER fail_a_regency BEFORE INSERT ON retention_sweeprun
        FOR EACH ROW WHEN (NEW.regency_code = '9103') EXECUTE FUNCTION fail_a_regency()
"""
MENDED: Final = "DROP FUNCTION fail_a_regency() CASCADE"


def owing(regency: str, many: int = 3) -> None:
    """People of a regency who owe a month that has ended."""
    MemberFactory.create_batch(many, regency_code=regency, paid_through=date(2026, 8, 1))


def to_tell(many: int = 3) -> None:
    """Messages that wait."""
    OutboxMessage.objects.bulk_create(
        OutboxMessage(kind="trial", subject_id=new_id()) for _ in range(many)
    )


def ten_minutes_pass() -> None:
    """For messages in hand: a try that is as old as this counts as dead."""
    unsent = OutboxMessage.objects.filter(sent_at__isnull=True, attempts__gt=0)
    unsent.update(due_at=F("due_at") - timedelta(minutes=10))


def is_swept(*regencies: str) -> bool:
    """Whether these regencies have their mark of the day."""
    marks = SweepRun.objects.filter(as_of=DAY, regency_code__in=regencies)
    return marks.count() == len(regencies)


def are_all_sent() -> bool:
    """Whether no message waits."""
    return not OutboxMessage.objects.filter(sent_at__isnull=True).exists()


def times_heard(gateway: Gateway) -> list[int]:
    """How often the gateway was sent each message, the most first."""
    return sorted(gateway.calls.values(), reverse=True)


def assert_once(gateway: Gateway, *, in_hand: int) -> None:
    """Each follow-up, mark and message exactly once; only those in hand at a kill came again."""
    doubled = FollowUp.objects.values("member", "kind").annotate(n=Count("pk")).filter(n__gt=1)
    assert list(doubled) == []
    references = {str(pk) for pk in OutboxMessage.objects.values_list("pk", flat=True)}
    assert set(gateway.messages) == references
    assert gateway.strange == []
    again = [times for times in times_heard(gateway) if times > 1]
    assert len(again) <= in_hand
    assert set(again) <= {2}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """Where messages arrive."""
    with gateway_process(Path(os.environ["TEST_LOCK"])) as running:
        yield running


def settings_of(gateway: Gateway) -> dict[str, str]:
    """What a worker is told of it; its patience is longer than a call that hangs."""
    return gateway.environment() | {"NOTIFY_SECONDS": "120"}


def test_each_follow_up_and_message_exists_once_after_kills_and_losses(
    tmp_path: Path, gateway: Gateway
) -> None:
    with works(tmp_path, now=NIGHT, **settings_of(gateway)) as running:
        worker = running.worker()
        for name in ("beat-1", "beat-2"):
            running.beat(name)
        processes_are_killed_in_the_middle(worker, gateway)
        worker = worker_is_killed_in_the_middle(running, worker, gateway)
        broker_is_lost_with_its_data(running, gateway)
        one_regency_fails_and_the_others_go_on()
        it_ends_in_order(running, worker, gateway)

    arrears = FollowUp.objects.filter(kind=WorkKind.ARREARS)
    assert arrears.count() == arrears.values("member").distinct().count() == 4 * 3 + 2
    assert SweepRun.objects.count() == 5
    assert_once(gateway, in_hand=3)


def in_the_middle(regency: str, gateway: Gateway) -> None:
    """New work, of which a sweep has begun a part and a relay has sent what is not noted."""
    known = len(gateway.messages)
    gateway.answer("hang", "ok")
    to_tell()
    owing(regency)
    eventually(lambda: len(gateway.messages) > known)
    wait_for_a_writer()


def comes_to_its_end(regency: str) -> None:
    """All that was begun, and all that was not."""
    eventually(lambda: is_swept(regency))
    ten_minutes_pass()
    eventually(are_all_sent)


def processes_are_killed_in_the_middle(worker: Process, gateway: Gateway) -> None:
    """kill -9 of what does the tasks; the worker goes on with others."""
    with held("retention_followup"):
        in_the_middle("3515", gateway)
        kill_children(worker)
    comes_to_its_end("3515")


def worker_is_killed_in_the_middle(running: Works, worker: Process, gateway: Gateway) -> Process:
    """kill -9 of all of it; another one takes over."""
    with held("retention_followup"):
        in_the_middle("1671", gateway)
        kill_main(worker)
    other = running.worker(name="other")
    comes_to_its_end("1671")
    return other


def broker_is_lost_with_its_data(running: Works, gateway: Gateway) -> None:
    """kill -9, nothing is left, and an empty one comes back."""
    with held("retention_followup"):
        in_the_middle("8271", gateway)
        running.lose_broker()
    running.start_broker()
    Pulse.objects.all().delete()
    to_tell()
    comes_to_its_end("8271")
    eventually(Pulse.objects.exists)


def one_regency_fails_and_the_others_go_on() -> None:
    """Nothing of it stays; once it is mended, the next round finds it."""
    run_sql(FAULT)
    try:
        owing("9103")
        owing("3171", 2)
        eventually(lambda: is_swept("3171"))
        assert not FollowUp.objects.filter(regency_code="9103").exists()
    finally:
        run_sql(MENDED)
    eventually(lambda: is_swept("9103"))


def it_ends_in_order(running: Works, worker: Process, gateway: Gateway) -> None:
    """Asked to end it finishes what it has, gives the rest back, and says 0."""
    sign_of_life = running.folder / "other"
    assert sign_of_life.exists()
    known = len(gateway.messages)
    gateway.answer("hold", "ok")
    to_tell(1)
    eventually(lambda: len(gateway.messages) > known)
    ask_to_end(worker)
    gateway.let_go()
    assert worker.wait(PATIENCE) == 0
    assert are_all_sent()
    assert not sign_of_life.exists()
    assert running.lengths()[1] == 0


def test_a_message_outlives_the_process_that_has_it(tmp_path: Path) -> None:
    with works(tmp_path, now=NIGHT) as running:
        worker = killed_in_the_middle(running)
        eventually(lambda: is_swept("3515"))
        eventually(lambda: running.lengths() == (0, 0))
        reminders_are_planned_once(running, worker)

    assert FollowUp.objects.filter(kind=WorkKind.ARREARS).count() == 3


def reminders_are_planned_once(running: Works, worker: Process) -> None:
    """kill -9 between a day's phones and their lines: then, and when run again, each once."""
    phones = [f"+62812000000{number:02d}" for number in range(3)] * 2
    members = [
        who_agreed(regency_code="3515", paid_through=date(2026, 8, 1), phone=phone)
        for phone in phones
    ]
    with held("retention_reminderline"):
        running.send("retention.tasks.remind_regency", "3515")
        wait_for_a_writer()
        kill_children(worker)
        assert not Reminder.objects.exists()
    eventually(ReminderRun.objects.exists)
    running.send("retention.tasks.remind_regency", "3515")
    eventually(lambda: running.lengths() == (0, 0))

    days = set(Reminder.objects.values_list("phone_index", "day"))
    keys = set(Reminder.objects.values_list("pk", flat=True))
    assert len(days) == len(keys) == OutboxMessage.objects.count() == 3
    assert set(OutboxMessage.objects.values_list("subject_id", flat=True)) == keys
    lines = ReminderLine.objects.filter(day=DAY).values_list("member", flat=True)
    assert sorted(lines) == sorted(member.pk for member in members)


def test_control_a_message_acknowledged_early_is_lost(tmp_path: Path) -> None:
    with works(tmp_path, now=NIGHT, CARELESS="acks") as running:
        worker = killed_in_the_middle(running)
        eventually(lambda: len(children_of(main_of(worker))) == 2)
        assert running.lengths() == (0, 0)  # nobody has it any more

    assert not SweepRun.objects.exists()


def killed_in_the_middle(running: Works) -> Process:
    """One nudge without a beat behind it, whose process dies in the middle of its sweep."""
    owing("3515")
    worker = running.worker()
    with held("retention_followup"):
        running.send("retention.tasks.sweep_regency", "3515", DAY.isoformat())
        wait_for_a_writer()
        kill_children(worker)
    return worker


@pytest.mark.parametrize(("careless", "times"), [("", 1), ("claims", 2)], ids=["", "control"])
def test_relays_beside_each_other_send_once_because_they_claim(
    careless: str, times: int, tmp_path: Path, gateway: Gateway
) -> None:
    to_tell(60)
    with works(tmp_path, now=NIGHT, CARELESS=careless, **settings_of(gateway)) as running:
        for _ in range(2):
            running.send("perisai.tasks.relay_messages")
        running.worker()
        eventually(are_all_sent)

    assert len(gateway.messages) == 60
    assert (times_heard(gateway)[0] > 1) is (times > 1)
