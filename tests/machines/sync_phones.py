"""What all rules of the phones' machine share: its phones, its members, and how they are asked."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, ClassVar
from uuid import UUID

import time_machine
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from enrollment.models import Member
from payments.models import Payment
from perisai.errors import DomainError
from tests.machines import sync_claims as claims
from tests.machines.sync_world import BEGIN, Handset, World, fresh_minute
from tests.phone.advice import Refused
from tests.phone.app import Locked
from tests.phone.transport import NoAnswer

MOST_HANDSETS = 4
WHO = st.integers(0, MOST_HANDSETS - 1)
WHICH = st.integers(0, 6)
MOOD = st.sampled_from(["ok", "ok", "lost", "deaf", "twice", "late"])


class Phones(RuleBasedStateMachine):
    """One history: it begins from the world, and nothing of it stays."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        # Logins need a transaction of their own; as in a TestCase, this block stands for none.
        self.example._from_testcase = True  # type: ignore[attr-defined]
        self.example.__enter__()
        self.traveller = time_machine.travel(BEGIN, tick=False)
        self.coordinates = self.traveller.start()
        self.handsets = self.world.handsets()
        self.made: list[str] = []  # ids of members that phones have made
        self.payments: list[Payment] = []
        self.cursors: list[tuple[UUID, str]] = []
        self.has_acted = True

    def teardown(self) -> None:
        """The lines heal; then everything must be true."""
        try:
            self.heal_and_prove()
        finally:
            self.traveller.stop()
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def heal_and_prove(self) -> None:
        """What is true at the end."""
        raise NotImplementedError

    def _sync(
        self, handset: Handset, *, breaks: AbstractContextManager[None] | None = None
    ) -> None:
        """A round; P9: whatever was pushed, only money of a code that it brought has moved."""
        before = claims.money()
        with breaks or nullcontext():
            handset.sync()
        transaction.set_rollback(False)  # the break was no real one: the example goes on
        handset.line.moods.clear()
        claims.p9_money_is_untouched(before)
        cursor = handset.phone.book.cursor
        if cursor is not None:
            self.cursors.append((handset.agent.pk, cursor))
        self.has_acted = True

    def _captured(self, who: int, kind: str, data: Any, key: str, **members: Any) -> bool:
        """Saved on a phone, unless it is locked."""
        handset = self._of(who)
        with self._unless_locked(handset) as is_open:
            handset.phone.capture(kind, data, entity_id=key, **members)
        return is_open == [True]

    @contextmanager
    def _unless_locked(self, handset: Handset) -> Iterator[list[bool]]:
        """Something is saved on a phone; a locked one has contact instead. Whether it was saved."""
        is_open: list[bool] = []
        try:
            yield is_open
            is_open.append(True)
        except Locked:
            self._sync(handset)

    def _known(self, who: int, which: int) -> tuple[str, Any]:
        """A member that a phone shows, or one that some phone has made."""
        rows = self._of(who).phone.book.rows("member")
        keys = [*sorted(rows), *self.made, str(self.world.members[0])]
        key = keys[which % len(keys)]
        return key, rows.get(key, {})

    def _of(self, who: int) -> Handset:
        """A phone that somebody works with."""
        working = [one for one in self.handsets if one.works]
        return working[who % len(working)]

    def _member(self, which: int) -> Member:
        """Any member who counts."""
        found = list(
            Member.objects.filter(agent__in=self.world.agents, merged_into=None).order_by("pk")
        )
        return found[which % len(found)]


@contextmanager
def refusals() -> Iterator[None]:
    """What the rules do not allow now changes nothing."""
    try:
        with transaction.atomic():
            yield
    except DomainError:
        return


@contextmanager
def refused() -> Iterator[list[Refused]]:
    """Notes a refusal."""
    found: list[Refused] = []
    try:
        yield found
    except Refused as refusal:
        found.append(refusal)


@contextmanager
def on_a_line(handset: Handset, mood: str) -> Iterator[None]:
    """One of the plain calls, in a minute of its own; it is refused, or its answer is lost."""
    fresh_minute()
    handset.line.will(mood)
    with suppress(NoAnswer), refused():
        yield
    handset.line.moods.clear()
