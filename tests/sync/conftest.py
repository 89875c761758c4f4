"""Phones and pebbles for the tests of the phone's contract."""

import pytest

from tests.sync.pebbles import pebbles
from tests.sync.phones import Phone, new_phone

__all__ = ["pebbles"]


@pytest.fixture
def phone(db: None) -> Phone:
    """A logged-in phone of an active agent."""
    return new_phone()


@pytest.fixture
def other(db: None) -> Phone:
    """Another agent's phone."""
    return new_phone()
