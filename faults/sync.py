"""Fifty phones send while web, PostgreSQL and Valkey are killed; then the same without guards."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from random import Random
from threading import Event, Thread
from time import monotonic
from typing import Final

from django.db import connection
from django.utils import timezone

from benchmarks.stage import make_agent
from config.local.processes import wait_until_ready
from config.local.services import Running
from faults.careless_sync import drop_unique
from faults.inbox import Heard, SyncVerdict, judge_sync
from faults.killing import Kill, Killer
from faults.phone import Phone
from faults.stage import make_members
from faults.victims import PRODUCT, Machine
from perisai.ids import new_id
from perisai.models import Agent, Device, Platform
from perisai.services.tokens import issue_device_token
from sync.services import book
from sync.services.waiting import replay_parked

PHONES: Final = 50
MEMBERS_EACH: Final = 4
BAD_LINE: Final = 0.05
CARELESS: Final = "faults.careless_sync_wsgi:application"
TELL_EVERY: Final = 5.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncTrial:
    """How a run goes: how many operations, a kill every so many seconds, which chance."""

    name: str
    first: int
    operations: int
    every: float
    seed: int
    wsgi: str = PRODUCT


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOutcome:
    """What became of a run."""

    trial: SyncTrial
    seconds: float
    kills: tuple[Kill, ...]
    heard: Heard
    replayed: int
    verdict: SyncVerdict


def prove_sync(running: Running, trial: SyncTrial, say: Say) -> SyncOutcome:
    """Let phones send under fire; when everything is up again, send the rest, walk, and judge."""
    random = Random(trial.seed)  # noqa: S311  chance that can be repeated
    killers: list[Killer] = []
    heard = Heard(is_over=lambda: any(one.failure is not None for one in killers))
    phones = _phones(trial, running.ports.web, heard)
    connection.close()  # this process, too, will lose its server
    with Machine(running, wsgi=trial.wsgi) as machine:
        _must_be_ready(running)
        started = monotonic()
        with Killer(machine.victims(), random, every=trial.every) as killer:
            killers.append(killer)
            with _telling(phones, killer, trial, say), ThreadPoolExecutor(PHONES) as pool:
                list(pool.map(lambda phone: phone.work(trial.operations // PHONES), phones))
        seconds = monotonic() - started
        _must_be_ready(running)
        for phone in phones:
            phone.send_all()
        say(f"{trial.name}: judging")
        replayed, _left = replay_parked()
        verdict = judge_sync(phones, heard)
    connection.close()
    return SyncOutcome(
        trial=trial,
        seconds=seconds,
        kills=tuple(killer.kills),
        heard=heard,
        replayed=replayed,
        verdict=verdict,
    )


def control_sync(running: Running, *, operations: int, seed: int, say: Say) -> SyncOutcome:
    """The same on the product without its guards; whoever trusts the proof must see it fail."""
    drop_unique()
    trial = SyncTrial(
        name="sync-control",
        first=70_000_000,
        operations=operations,
        every=4.0,
        seed=seed,
        wsgi=CARELESS,
    )
    return prove_sync(running, trial, say)


def _phones(trial: SyncTrial, port: int, heard: Heard) -> list[Phone]:
    agents = [make_agent(f"{trial.name[-4:]}-{n:03}") for n in range(PHONES)]
    members = make_members(agents, count(trial.first), PHONES * MEMBERS_EACH)
    phones = []
    for number, agent in enumerate(agents):
        mine = tuple(one.pk for one in members if one.agent_id == agent.pk)
        with book.recording() as changes:
            changes.put(agent.pk, "member", mine)
        device = _device(agent)
        token, _ends = issue_device_token(device)
        phones.append(
            Phone(
                port=port,
                device_id=device.pk,
                agent_id=agent.pk,
                token=token,
                members=mine,
                random=Random(trial.seed + number),  # noqa: S311
                heard=heard,
                bad_line=BAD_LINE,
            )
        )
    return phones


def _device(agent: Agent) -> Device:
    device: Device = Device.objects.create(
        agent=agent,
        installation_id=new_id(),
        platform=Platform.ANDROID,
        app_version="1.4.0",
        schema=1,
        lease_until=timezone.now() + timedelta(days=14),
    )
    return device


def _must_be_ready(running: Running) -> None:
    if not wait_until_ready(f"http://127.0.0.1:{running.ports.web}"):
        raise RuntimeError("web does not come up")


@contextmanager
def _telling(phones: list[Phone], killer: Killer, trial: SyncTrial, say: Say) -> Iterator[None]:
    """Say how far it is, now and then."""
    is_over = Event()

    def tell() -> None:
        while not is_over.wait(TELL_EVERY):
            answered, killed = sum(len(one.words) for one in phones), len(killer.kills)
            say(f"{trial.name}: {answered:,} of {trial.operations:,} answered, {killed} killed")

    thread = Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
