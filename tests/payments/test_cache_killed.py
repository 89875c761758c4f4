"""A cache that is killed, or falls silent, and comes back: nobody waits for it call by call."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import redis
from pytest_django import Settings
from redis.exceptions import ConnectionError as NoConnection

from config.local.ports import any_free_port
from config.local.valkey import Valkey, start_valkey
from faults.victims import children_of, kill
from perisai.cache import REST_SECONDS, LeftAlone, Patience
from tests.factories.payments import cared_for_member
from tests.payments.counters import Counter, notice
from tests.sync.phones import Phone, new_phone, op

PASSWORD: Final = "kata-sandi-tembolok-percobaan"  # noqa: S105  of a cache that is thrown away
PATIENCE: Final = 0.3


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """As `monotonic`."""
        return self.now

    def pass_rest(self) -> None:
        """As long as a cache is left alone."""
        self.now += REST_SECONDS


@dataclass(slots=True, kw_only=True)
class OwnCache:
    """A cache of a test's own; `asked`: how often anybody turned to it."""

    folder: Path
    server: Valkey
    clock: Clock
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is, also after it was started again."""
        return f"redis://:{PASSWORD}@127.0.0.1:{self.server.port}/0"

    def kill(self) -> None:
        """kill -9."""
        kill(*children_of(self.server.process.pid))
        self.server.process.wait()

    def start(self) -> None:
        """On the same port, empty."""
        port = self.server.port
        self.server = start_valkey(self.folder, port, password=PASSWORD, is_durable=False)

    def send(self, number: signal.Signals) -> None:
        """Let it stand still, or go on."""
        for pid in children_of(self.server.process.pid):
            os.kill(pid, number)

    def counts(self) -> bool:
        """Whether it holds the limits of this moment."""
        with redis.Redis.from_url(self.url) as line:
            return bool(line.keys("*throttle:sync:*"))


@pytest.fixture
def own_cache(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OwnCache]:
    """The cache of whoever is called in this test."""
    (tmp_path / "lock").symlink_to(os.environ["TEST_LOCK"])
    server = start_valkey(tmp_path, any_free_port(), password=PASSWORD, is_durable=False)
    made = OwnCache(folder=tmp_path, server=server, clock=Clock())
    turn_to = redis.ConnectionPool.get_connection

    def counting(pool: Any, *given: Any, **said: Any) -> Any:
        made.asked.append("")
        return turn_to(pool, *given, **said)

    options = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    here = settings.CACHES["default"] | {"LOCATION": made.url, "OPTIONS": options}
    monkeypatch.setattr("perisai.cache._patience", {})
    monkeypatch.setattr("perisai.cache.monotonic", made.clock)
    monkeypatch.setattr(redis.ConnectionPool, "get_connection", counting)
    settings.CACHES = {"default": here}
    yield made
    made.server.stop()


def goes_on(phone: Phone, *places: int) -> None:
    """Each of these operations, in a push of its own, is applied, and a pull answered."""
    for seq in places:
        assert [result["result"] for result in phone.push(op(seq))] == ["applied"]
    phone.pull()


@pytest.mark.django_db
@pytest.mark.usefixtures("worked_day")
def test_p43_a_killed_cache_is_turned_to_once_in_a_while(own_cache: OwnCache) -> None:
    phone, counter, member = new_phone(), Counter(), cared_for_member()
    goes_on(phone, 1)
    assert own_cache.counts()

    own_cache.kill()
    own_cache.asked.clear()
    goes_on(phone, 2, 3, 4)
    assert counter.pay(notice(counter.inquire(kpj=member.kpj).json())).status_code == 201
    assert len(own_cache.asked) == 1

    own_cache.clock.pass_rest()
    goes_on(phone, 5, 6)
    assert len(own_cache.asked) == 2

    own_cache.start()
    own_cache.clock.pass_rest()
    goes_on(phone, 7)
    assert own_cache.counts()


@pytest.mark.django_db
@pytest.mark.usefixtures("worked_day")
def test_p43_one_call_waits_for_a_silent_cache_and_no_other(own_cache: OwnCache) -> None:
    phone = new_phone()
    goes_on(phone, 1)

    own_cache.send(signal.SIGSTOP)
    own_cache.asked.clear()
    goes_on(phone, 2, 3, 4)
    asked = len(own_cache.asked)
    own_cache.send(signal.SIGCONT)
    own_cache.clock.pass_rest()
    goes_on(phone, 5)

    assert asked == 1
    assert len(own_cache.asked) > 2


def _refused() -> int:
    raise NoConnection


def test_one_of_many_tries_a_server_that_has_rested(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock, patience = Clock(), Patience()
    monkeypatch.setattr("perisai.cache.monotonic", clock)
    for fault in (NoConnection, LeftAlone):
        with pytest.raises(fault):
            patience.ask(_refused)
    clock.pass_rest()

    def try_it() -> int:
        with pytest.raises(LeftAlone):
            patience.ask(lambda: 1)  # another thread, meanwhile
        return 2

    assert patience.ask(try_it) == 2
    assert patience.ask(lambda: 3) == 3
    assert caplog.text.count("cache_is_away") == 1
