"""A business day for every page, and two branches."""

from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy
from typing import Protocol

import pytest
import time_machine
from django.db import connection
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from perisai.models import User
from tests.savepoints import taken_back
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


class Place:
    """A branch that tests share, for as long as its rows are there."""

    def __init__(self) -> None:
        self.made: Corner | None = None
        self._frame = ExitStack()

    def make(self) -> None:
        """Put the rows in."""
        self._frame.enter_context(taken_back())
        with time_machine.travel(TODAY, tick=False):
            self.made = make_corner()
        connection.check_constraints()

    def clear(self) -> None:
        """Take them back, if they are there."""
        self.made = None
        self._frame.close()


_place = Place()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that asks for no branch finds none, whatever its neighbours share."""
    if "corner" not in getattr(item, "fixturenames", ()):
        _place.clear()


@pytest.fixture(scope="module")
def shared_corner(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The branch of the tests of a module, made once."""
    with django_db_blocker.unblock():
        try:
            _place.make()
            yield
        finally:
            _place.clear()


@pytest.fixture
def corner(shared_corner: None, db: None, business_day: None) -> Corner:
    """The branch that a test looks from; what is done there is taken back."""
    return deepcopy(_place.made) or make_corner()


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
