"""When a phone comes again: 900 seconds, a fifth around, and the long silent sooner."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from time_machine import travel

from sync.models import Outbox
from sync.services import rhythm
from sync.services.rhythm import next_sync_after
from tests.sync.phones import Phone, op

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture(params=["least", "most"])
def draw(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Chance at either end of its range."""
    which: dict[str, Callable[[int], int]] = {"least": lambda n: 0, "most": lambda n: n - 1}
    monkeypatch.setattr(rhythm, "randbelow", which[request.param])
    return str(request.param)


@pytest.mark.parametrize(
    ("silence", "most"),
    [
        (timedelta(0), 1080),
        (timedelta(hours=-3), 1080),  # a clock that jumped
        (timedelta(hours=12), 945),
        (timedelta(days=1), 810),
        (timedelta(days=90), 810),
        (None, 810),
    ],
)
def test_the_longer_the_silence_the_sooner(draw: str, silence: timedelta | None, most: int) -> None:
    last = None if silence is None else NOW - silence
    assert next_sync_after(last, now=NOW) == {"least": 720, "most": most}[draw]


@pytest.mark.django_db
@pytest.mark.parametrize("draw", ["most"], indirect=True)
def test_both_calls_tell_it_by_the_contact_before_them(phone: Phone, draw: str) -> None:
    with travel(NOW, tick=False):
        assert phone.send([op(1)]).json()["next_sync_after"] == 810
        assert phone.send([op(2)]).json()["next_sync_after"] == 1080
        assert phone.ask(None).json()["next_sync_after"] == 810
        assert phone.ask(None).json()["next_sync_after"] == 1080
    Outbox.objects.filter(device=phone.device).update(last_push_at=NOW - timedelta(hours=12))
    with travel(NOW, tick=False):
        assert phone.send([op(3)]).json()["next_sync_after"] == 945
