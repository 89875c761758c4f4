"""A business day for every page, and two branches."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from perisai.models import User
from tests.supervision.world import TODAY, Corner, make_corner

As = Callable[[User], Client]


@pytest.fixture
def business_day() -> Iterator[None]:
    """The twentieth of November 2026."""
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def corner(db: None, business_day: None) -> Corner:
    """The branch that a test looks from."""
    return make_corner()


@pytest.fixture
def elsewhere(db: None, business_day: None) -> Corner:
    """Another branch with as much in it."""
    return make_corner("ANI LAIN")


@pytest.fixture
def as_user() -> As:
    """A browser in which somebody is logged in."""

    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser
