"""Who brings files, and whose members are in them."""

import pytest

from perisai.models import Agent, Role, User
from tests.factories.perisai import AgentFactory, UserFactory


@pytest.fixture
def agent(db: None) -> Agent:
    """Who looks after everybody in these files."""
    return AgentFactory.create()


@pytest.fixture
def importer(db: None) -> User:
    """A national user."""
    return UserFactory.create(role=Role.NATIONAL)


@pytest.fixture
def second(db: None) -> User:
    """Another one."""
    return UserFactory.create(role=Role.NATIONAL)
