"""A business day for every page, and two branches."""

from collections.abc import Iterator
from typing import Protocol

import pytest
import time_machine
from django.test import Client

from perisai.models import User
from tests.supervision.entering import open_office
from tests.supervision.world import TODAY, Corner, make_corner


class As(Protocol):
    """How a test gets a browser: `as_user(user)`, or without a fresh code of the second factor."""

    def __call__(self, user: User, *, has_stepped_up: bool = True) -> Client:
        """A browser in which this user is logged in."""
        ...


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

    def browser(user: User, *, has_stepped_up: bool = True) -> Client:
        client = Client()
        open_office(client, user, has_stepped_up=has_stepped_up)
        return client

    return browser
