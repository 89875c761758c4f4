"""The gate on pull alone: an old app is told for thirty days, then it may only send."""

from datetime import date

import pytest
from pytest_django import Settings
from time_machine import travel

from perisai.models import Device
from sync.services.app_versions import update_wanted
from tests.sync.pebbles import lay_op
from tests.sync.phones import URL, new_phone, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]

TOLD_ON = date(2026, 12, 16)
ORDER = {"do": "update_app", "min": "1.6.0", "by": "2027-01-15"}
LAST_DAY, FIRST_DAY = "2027-01-14T23:59:00+07:00", "2027-01-15T00:00:00+07:00"


@pytest.fixture
def newer(settings: Settings) -> Settings:
    """A release that asks for 1.6.0; the phones here have 1.4.0."""
    settings.APP_MIN_PULL, settings.APP_MIN_PULL_TOLD_ON = "1.6.0", TOLD_ON
    return settings


@pytest.mark.usefixtures("newer")
def test_an_old_app_is_told_and_still_pulls_until_the_day() -> None:
    with travel(LAST_DAY, tick=False):
        phone = new_phone()
        answer = phone.send([lay_op(1)], pull={}).json()
        assert answer["directives"] == [ORDER]
        assert answer["pull"]["more"] is False
        assert phone.ask(None).status_code == 200


@pytest.mark.usefixtures("newer")
def test_from_the_day_on_it_may_only_send() -> None:
    with travel(FIRST_DAY, tick=False):
        phone = new_phone()
        refused = phone.ask(None)
        answer = phone.send([lay_op(1)], pull={}).json()
        config = phone.client.get(f"{URL}/config")
    assert problem(refused) == (422, "client_too_old")
    assert (refused.json()["min"], refused.json()["by"]) == ("1.6.0", "2027-01-15")
    assert (answer["ack_seq"], answer["results"][0]["result"]) == (1, "applied")
    assert answer["pull"]["problem"]["code"] == "client_too_old"
    assert answer["directives"] == [ORDER]
    assert config.json()["app"]["min_pull"] == "1.6.0"


@pytest.mark.usefixtures("newer")
def test_an_app_that_was_brought_up_to_date_pulls_at_once() -> None:
    with travel(FIRST_DAY, tick=False):
        phone = new_phone()
        phone.client.credentials(
            HTTP_X_APP_VERSION="1.10.0",
            HTTP_X_SCHEMA="1",
            HTTP_AUTHORIZATION=f"Token {phone.client.token}",
        )
        assert phone.send([lay_op(1)]).json()["directives"] == []
        assert phone.ask(None).status_code == 200
    assert Device.objects.get(pk=phone.device.pk).app_version == "1.10.0"


@pytest.mark.parametrize(
    ("version", "is_old"),
    [
        ("1.6.0", False),
        ("1.6", False),
        ("1.6.0-beta", False),
        ("1.10.2", False),
        ("2", False),
        ("1.5.9", True),
        ("1.5.99", True),
        ("0.9", True),
        ("", True),
        ("unknown", True),
    ],
)
@pytest.mark.usefixtures("newer")
def test_versions_are_compared_by_their_numbers(version: str, *, is_old: bool) -> None:
    assert (update_wanted(version) is not None) is is_old


def test_the_first_release_asks_for_nothing_newer() -> None:
    assert update_wanted("1.0.0") is None
