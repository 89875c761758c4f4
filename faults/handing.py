"""Supervisors who move members from book to book while the phones send."""

from collections.abc import Sequence
from random import Random
from threading import Event, Thread
from typing import Self
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from enrollment.models import Member
from enrollment.services.handover import hand_over
from faults.field import Team
from faults.heard import Heard
from perisai.errors import Unavailable

MOST_MOVED = 4


class HandOvers:
    """Moves a few members every now and then while the block runs, as the admin does.

    `given` is who may have got whom: it is written before the service is asked, because a server
    that dies does not say what it did.
    """

    def __init__(
        self, teams: Sequence[Team], random: Random, heard: Heard, *, every: float
    ) -> None:
        self.done = 0
        self.given: dict[UUID, set[UUID]] = {}
        self.failure: Exception | None = None
        self._teams = [team for team in teams if len(team.agents) > 1]
        self._random = random
        self._heard = heard
        self._every = every
        self._is_over = Event()
        self._thread = Thread(target=self._guarded)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._is_over.set()
        self._thread.join()
        if self.failure is not None:
            raise self.failure

    def move_some(self) -> None:
        """A few members of one agent to another one of her team."""
        team = self._random.choice(self._teams)
        old, new = self._random.sample(team.agents, 2)
        held = list(Member.objects.filter(agent=old).order_by("pk").values_list("pk", flat=True))
        moved = self._random.sample(held, min(len(held), self._random.randint(1, MOST_MOVED)))
        self.given.setdefault(new.pk, set()).update(moved)
        hand_over(
            moved,
            to_agent=new,
            by=team.supervisor,
            reason="pembagian ulang",
            now=timezone.now(),
        )
        self.done += 1

    def _guarded(self) -> None:
        try:
            while not self._is_over.wait(self._every * 2 * self._random.random()):
                self._try_once()
        except Exception as failure:  # told by the thread that waits
            self.failure = failure
        finally:
            connection.close()

    def _try_once(self) -> None:
        try:
            self.move_some()
        except (OperationalError, InterfaceError, Unavailable):
            self._heard.repeat("hand-over")
            connection.close()
