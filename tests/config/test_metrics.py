"""The port for machines: it answers there and nowhere else, says figures, and names nobody."""

import re
from collections.abc import Iterator
from datetime import timedelta
from timeit import timeit
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from config import web_figures
from perisai.ids import new_id
from perisai.models import LoginEvent, LoginResult, LoginStep, OutboxMessage, PulsePart
from perisai.services.pulses import note_pulse
from supervision.services.machinery import last_look, machinery
from tests.statements import counted

pytestmark = pytest.mark.django_db
MACHINES = "9100"
NOWHERE = "redis://127.0.0.1:1/0"
MOST_STATEMENTS = 10


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No test reads what another one saw."""
    last_look.forget()
    yield
    last_look.forget()


def ask(path: str, port: str = MACHINES, **extra: Any) -> Any:
    """A call by a port, under a host that no proxy leads to."""
    return Client().get(path, SERVER_PORT=port, HTTP_HOST="web:9100", **extra)


def gauges() -> dict[str, dict[tuple[str, ...], float]]:
    """Our gauges by name, and by the values of their labels."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(ask("/metrics").content.decode()):
        for sample in family.samples:
            if sample.name.startswith("perisai_"):
                by = tuple(str(value) for value in sample.labels.values())
                found.setdefault(sample.name, {})[by] = sample.value
    return found


@pytest.mark.parametrize("path", ["/metrics", "/health/work"])
def test_it_answers_on_its_port_and_on_no_other(path: str) -> None:
    assert ask(path).status_code == 200
    for port in ("80", "8000", "443"):
        answer = Client().get(path, SERVER_PORT=port, HTTP_X_FORWARDED_PORT=MACHINES)
        assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/", "/admin/", "/health/ready", "/api/v1/members", "/k/1/"])
def test_the_port_leads_to_nothing_else(path: str) -> None:
    assert ask(path).status_code == 404


def test_it_is_read_alone() -> None:
    assert Client().post("/metrics", SERVER_PORT=MACHINES).status_code == 404


def test_figures_are_those_of_the_rows() -> None:
    now = timezone.now()
    OutboxMessage.objects.create(
        kind="a", subject_id=new_id(), attempts=1, created_at=now - timedelta(hours=2)
    )
    late = now - timedelta(minutes=5)
    OutboxMessage.objects.create(kind="b", subject_id=new_id(), due_at=late)
    OutboxMessage.objects.create(
        kind="c", subject_id=new_id(), due_at=now + timedelta(days=1), created_at=late
    )
    OutboxMessage.objects.create(kind="d", subject_id=new_id(), given_up_at=now)
    OutboxMessage.objects.create(kind="e", subject_id=new_id(), sent_at=now)
    OutboxMessage.objects.create(
        kind="f", subject_id=new_id(), given_up_at=now, last_error="nobody_to_tell"
    )
    LoginEvent.objects.create(step=LoginStep.OFFICE, result=LoginResult.WRONG, login_digest="x")
    note_pulse(PulsePart.BEAT, now - timedelta(seconds=90))

    found = gauges()

    assert found["perisai_outbox_waiting"] == {(): 3}
    assert found["perisai_outbox_oldest_seconds"][()] == pytest.approx(7_200, abs=60)
    assert found["perisai_outbox_dead_letters"] == {(): 1}
    assert found["perisai_beat_seconds"][()] == pytest.approx(90, abs=60)
    assert found["perisai_failed_logins"] == {("office",): 1}
    assert found["perisai_key_id"] == {("field",): 1, ("index",): 1, ("proof",): 1}
    assert set(found["perisai_queue_length"]) == {
        *(("default",), ("sweep",), ("notify",), ("files",))
    }
    assert (found["perisai_broker_up"], found["perisai_database_up"]) == ({(): 1}, {(): 1})


def test_who_waits_for_a_later_hour_makes_nobody_wait() -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    OutboxMessage.objects.create(kind="a", subject_id=new_id(), due_at=tomorrow)
    assert gauges()["perisai_outbox_oldest_seconds"] == {(): 0}


def test_no_label_names_a_person() -> None:
    labels = re.findall(r'(\w+)="([^"]*)"', ask("/metrics").content.decode())
    ours = {name for name, _ in labels if name not in {"implementation", "version", "generation"}}
    assert ours <= {"queue", "step", "ring", "status", "le", "major", "minor", "patchlevel"}


def test_many_who_ask_cost_one_look() -> None:
    with counted() as first:
        ask("/metrics")
    with counted() as later:
        ask("/metrics")
        ask("/health/work")
    assert 0 < len(first) <= MOST_STATEMENTS
    assert later == []


def test_without_a_broker_the_rest_is_told(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = NOWHERE
    found = gauges()
    assert found["perisai_broker_up"] == {(): 0}
    assert "perisai_queue_length" not in found
    assert found["perisai_outbox_waiting"] == {(): 0}
    said = ask("/health/work").json()
    assert (said["broker"], said["queues"], said["outbox"]["waiting"]) == ("down", None, 0)


def test_without_a_database_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OperationalError("connection to 10.0.0.7 refused")

    monkeypatch.setattr("supervision.services.machinery.machinery", refuse)
    assert gauges()["perisai_database_up"] == {(): 0}
    answer = ask("/health/work")
    assert (answer.status_code, answer.json()) == (503, {"database": "down"})


def test_work_in_words_of_figures() -> None:
    note_pulse(PulsePart.BEAT, timezone.now())
    said = ask("/health/work").json()
    assert said["database"] == said["broker"] == "up"
    assert set(said["queues"]) == {"default", "sweep", "notify", "files"}
    assert said["beat_seconds"] < 60
    assert said["sweep"]["regencies_left"] == 0


def test_the_newest_sign_of_life_stays() -> None:
    now = timezone.now()
    note_pulse(PulsePart.BEAT, now)
    note_pulse(PulsePart.BEAT, now - timedelta(minutes=1))
    found = machinery(now=now, today=now.date())
    assert (found.beat_at, found.is_beat_silent) == (now, False)
    later = machinery(now=now + timedelta(minutes=4), today=now.date())
    assert later.is_beat_silent


def test_counting_an_answer_costs_next_to_nothing() -> None:
    rounds = [timeit(count_one, number=200) / 200 for _ in range(5)]
    assert min(rounds) < 0.0001  # seconds


def count_one() -> None:
    """What gunicorn's hooks add to a request."""
    request = SimpleNamespace()
    web_figures.begin_request(request)
    web_figures.end_request(request, SimpleNamespace(status_code=200))
