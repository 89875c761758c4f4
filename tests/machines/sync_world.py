"""Two agents of one branch with their members and phones, a counter, and who decides."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.cache import cache

from perisai import clock
from perisai.api import counting
from perisai.models import Agent, AgentVillage, Role
from tests.factories.enrollment import EligibleAgentFactory, in_book
from tests.factories.payments import WIB, PostAgentFactory, imported_member
from tests.factories.perisai import UserFactory
from tests.phone.advice import Do, Refused
from tests.phone.app import Locked
from tests.phone.store import Store
from tests.phone.sync import Outcome
from tests.sync.lines import Line, log_in, new_app

BEGIN: Final = datetime(2026, 11, 20, 10, tzinfo=WIB)
VILLAGE: Final = "3515142001"
MEMBERS: Final = (2, 1)  # of each agent, paid through October 2026
MOST_ROUNDS: Final = 4
POOL: Final = {1: 3, 3: 2}  # codes of so many months on each phone, at the beginning


class Handset:
    """One installation in one agent's hand, on a line that may be bad, with a clock of its own."""

    def __init__(self, agent: Agent, *, store: Store | None = None) -> None:
        self.agent = agent
        self.line = Line()
        self.skew = timedelta()
        self.is_silent = False  # broken or given back: nobody will ever hear of it again
        self.is_lost = False
        self.was_skewed = False
        self.phone = new_app(self.line, store=store, now=self.time)
        if store is None:
            log_in(self.phone, agent)

    @property
    def works(self) -> bool:
        """Whether somebody works with it."""
        return not self.is_silent and not self.is_lost

    def time(self) -> datetime:
        """What its clock shows."""
        return clock.now() + self.skew

    def restart(self) -> None:
        """The app is killed and opened again."""
        size = self.phone.loop.fetching.page_bytes
        self.phone = new_app(self.line, store=self.phone.store, now=self.time)
        self.phone.loop.fetching.page_bytes = size

    def sync(self) -> Outcome:
        """One round; the agent logs in again if the server asks for it."""
        fresh_minute()
        outcome = self.phone.sync()
        if outcome.stopped_by is not Do.LOG_IN or self.is_lost:
            return outcome
        self.line.moods.clear()
        try:
            log_in(self.phone, self.agent)
        except Refused as refused:
            if refused.advice is not Do.WAIT:
                raise
            return outcome
        return self.phone.sync()

    def heal(self) -> Outcome:
        """The line is well again: a few rounds must be enough."""
        self.line.moods.clear()
        self.line.deliver_late()
        outcome = self.sync()
        for _ in range(MOST_ROUNDS):
            if outcome.is_done:
                break
            outcome = self.sync()
        return outcome

    def is_locked(self) -> bool:
        """Whether nobody can read it: away for longer than its lease, or ordered to."""
        try:
            self.phone.members()
        except Locked:
            return True
        return False

    def held(self) -> dict[tuple[str, str], int]:
        """The versions of its rows."""
        found = self.phone.store.db.execute("SELECT entity, id, ver FROM row")
        return {(entity, row_id): ver for entity, row_id, ver in found}


class World:
    """What is there before a history begins. Made once for all histories of a test."""

    def __init__(self) -> None:
        first = EligibleAgentFactory.create()
        self.agents: list[Agent] = [first, EligibleAgentFactory.create(office=first.office)]
        self.supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=first.office.branch)
        self.outlet = PostAgentFactory.create()
        self.members: list[UUID] = []
        self.templates: list[bytes] = []
        for agent, count in zip(self.agents, MEMBERS, strict=True):
            AgentVillage.objects.create(agent=agent, village_id=VILLAGE)
            self.members += [in_book(imported_member(agent)).pk for _ in range(count)]
            handset = Handset(agent)
            for months, codes in POOL.items():
                handset.phone.fill_pool(months, codes)
            assert handset.heal().is_done
            self.templates.append(handset.phone.store.db.serialize())

    def handsets(self) -> list[Handset]:
        """A phone of each agent, logged in and at the book's version."""
        return [
            self._copy(agent, kept) for agent, kept in zip(self.agents, self.templates, strict=True)
        ]

    def other(self, agent: UUID | None) -> Agent:
        """Who may take over from an agent."""
        return self.agents[1 if agent == self.agents[0].pk else 0]

    def _copy(self, agent: Agent, kept: bytes) -> Handset:
        store = Store()
        store.db.deserialize(kept)
        return Handset(agent, store=store)


def fresh_minute() -> None:
    """The next call is the first of its minute."""
    cache.clear()
    counting.own.clear()
