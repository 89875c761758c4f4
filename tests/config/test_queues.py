"""How work is queued: limits that fit each other, and a worker for every task that there is."""

import ast
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.schedules import crontab
from django.conf import settings

from config.celery import app
from config.local.environment import environment_of
from config.local.ports import Ports
from config.local.processes import app_processes
from config.local.services import Running
from tests.architecture.test_tasks import own_tasks
from tests.architecture.tree import APPS, ROOT, sources

SCHEDULE: dict[str, dict[str, Any]] = app.conf.beat_schedule


def queue_of(task: str) -> str:
    """Where a task is sent to."""
    queue: str = app.amqp.router.route({}, task)["queue"].name
    return queue


def queues_in(command: list[str]) -> set[str]:
    """What a worker's command line reads."""
    return set(command[command.index("--queues") + 1].split(","))


def compose() -> dict[str, Any]:
    """The services of production."""
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return dict(services["services"])


def of_compose() -> set[str]:
    """The queues that production's workers read."""
    commands = [shlex.split(str(service.get("command", ""))) for service in compose().values()]
    return {queue for one in commands if "worker" in one for queue in queues_in(one)}


def of_the_launcher(data: Path) -> set[str]:
    """The queues that a local worker reads."""
    ports = Ports()
    running = Running(
        data=data,
        ports=ports,
        environment=environment_of(data, ports, env="local"),
        lock=0,
        cluster=None,
        valkey=None,
    )
    worker = next(one for one in app_processes(running) if one.name == "worker")
    return queues_in(worker.command)


def unread(readers: set[str]) -> list[str]:
    """Tasks that these readers would leave in their queue."""
    return sorted(name for name in own_tasks() if queue_of(name) not in readers)


def waits(text: str) -> list[str]:
    """Calls that send a task for later, as they stand."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and {"eta", "countdown"} & {keyword.arg for keyword in node.keywords}
    ]


def test_a_message_is_not_given_out_again_while_its_task_may_run() -> None:
    hidden = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert hidden > app.conf.task_time_limit + settings.LONGEST_ETA
    assert 0 < app.conf.task_soft_time_limit < app.conf.task_time_limit


def test_a_message_outlives_the_process_that_has_it() -> None:
    conf = app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True)
    assert (conf.worker_prefetch_multiplier, conf.task_ignore_result) == (1, True)
    assert (conf.task_serializer, conf.accept_content) == ("json", ["json"])
    own = [app.tasks[name] for name in own_tasks()]
    assert {(task.acks_late, task.reject_on_worker_lost) for task in own} == {(True, True)}
    assert {task.time_limit for task in own} <= {None, conf.task_time_limit}


def test_nothing_waits_in_a_worker_the_database_holds_due_times() -> None:
    ours = [one for one in sources() if one.path.split("/")[0] in APPS]
    assert [found for one in ours for found in waits(one.text)] == []
    assert waits("t.apply_async(countdown=9)\nt.delay(9)") == ["t.apply_async(countdown=9)"]


def test_every_task_has_a_reader_in_production_and_here(tmp_path: Path) -> None:
    assert of_compose() == of_the_launcher(tmp_path) == set(settings.QUEUES)
    assert unread(of_compose()) == []
    assert "retention.tasks.sweep" in unread({"default", "notify", "files"})


@pytest.mark.parametrize("name", sorted(SCHEDULE))
def test_an_entry_of_the_schedule_can_be_carried_out(name: str) -> None:
    entry = SCHEDULE[name]
    assert entry["task"] in own_tasks()
    assert queue_of(entry["task"]) in of_compose()
    given = [*entry.get("args", ()), *entry.get("kwargs", {}).values()]
    assert {type(one) for one in given} <= {str, int}


@pytest.mark.parametrize("name", sorted(SCHEDULE))
def test_looks_that_nobody_took_do_not_pile_up(name: str) -> None:
    entry = SCHEDULE[name]
    if isinstance(entry["schedule"], crontab):
        assert "options" not in entry  # a night's work waits for its worker
    else:
        assert isinstance(entry["schedule"], float)
        every = timedelta(seconds=entry["schedule"]).total_seconds()
        assert entry["options"]["expires"] >= max(every, 60)


def test_workers_are_looked_at_and_have_time_to_end() -> None:
    services = compose()
    for name in ("worker", "worker-files"):
        grace = int(str(services[name]["stop_grace_period"]).removesuffix("s"))
        assert grace > settings.CELERY_TASK_TIME_LIMIT
        assert services[name]["healthcheck"]["test"][-2:] == ["config.probe", "worker"]
        assert services[name]["environment"]["WORKER_HEARTBEAT_FILE"].startswith("/tmp/")  # noqa: S108


def test_the_port_for_machines_is_not_published() -> None:
    published = {name: one["ports"] for name, one in compose().items() if "ports" in one}
    assert published == {"proxy": ["80:80", "443:443"]}
    assert "9100" not in (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
