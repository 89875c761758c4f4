"""Wrong logins at a counter are counted at its own terminal: others call theirs the same."""

from typing import Any

import pytest
from rest_framework.settings import api_settings

from payments.models import PostAgent
from tests.factories.payments import PostAgentFactory
from tests.factories.perisai import PASSWORD
from tests.fixtures import Caller

pytestmark = pytest.mark.django_db

URL = "/api/v1/pospay/login"
WRONG = "bukan-kata-sandi-nya"


def log_in(outlet: PostAgent, *, password: str = PASSWORD, terminal: str = "T-1") -> int:
    """What a terminal is answered."""
    said = {"username": outlet.user.username, "password": password, "terminal_id": terminal}
    return int(Caller().post(URL, said).status_code)


@pytest.fixture
def neighbour(outlet: PostAgent) -> PostAgent:
    """Another counter of the same partner, which has a terminal T-1 too."""
    return PostAgentFactory.create(partner=outlet.partner)


def test_lock_out_of_a_counter_is_no_other_counters(
    outlet: PostAgent, neighbour: PostAgent
) -> None:
    stranger = PostAgentFactory.create()  # of another partner

    wrong = [log_in(outlet, password=WRONG) for _ in range(6)]

    assert wrong == [401] * 5 + [429]
    assert log_in(outlet) == 429
    assert [log_in(other) for other in (neighbour, stranger)] == [200, 200]


def test_terminal_that_fails_often_is_locked_and_its_counters_others_go_on(
    outlet: PostAgent,
) -> None:
    for _ in range(4):
        log_in(outlet, password=WRONG)
    assert log_in(outlet) == 200
    log_in(outlet, password=WRONG)

    assert [log_in(outlet), log_in(outlet, terminal="T-2")] == [429, 200]


def test_rate_of_a_counters_tries_is_its_own(
    outlet: PostAgent, neighbour: PostAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: dict[str, Any] = dict(api_settings.DEFAULT_THROTTLE_RATES) | {"login": "2/hour"}
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", rates)

    own = [log_in(outlet) for _ in range(3)]

    assert own == [200, 200, 429]
    assert log_in(neighbour) == 200
