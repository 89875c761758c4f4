"""How many members agents have to visit, against the number that a hand-out goes up to (R32).

The fair hand-out stops there. A supervisor who gives members to a named agent is warned and not
held back: he may know what the number does not (ADR 43).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Count

from retention.models import FollowUp


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLoad:
    """Members to visit that an agent has, and those that a hand-over would add."""

    before: int
    added: int
    most: int

    @property
    def after(self) -> int:
        """With those who would come."""
        return self.before + self.added

    @property
    def is_too_much(self) -> bool:
        """Whether the fair hand-out would have given some of them to others."""
        return self.added > 0 and self.after > self.most


def visits_by_agent(agents: Collection[UUID], *, as_of: date) -> Mapping[UUID, int]:
    """Members with an open follow-up, by agent; who has none is not named. One statement."""
    opened = FollowUp.objects.open(as_of=as_of).filter(member__agent__in=agents)
    counted = opened.order_by().values("member__agent").annotate(n=Count("member", distinct=True))
    return dict(counted.values_list("member__agent", "n"))


def visit_load(agent_id: UUID, moving: Collection[UUID], *, as_of: date) -> VisitLoad:
    """What an agent would have to visit if these members came. Two statements."""
    opened = FollowUp.objects.open(as_of=as_of).filter(member__in=moving)
    return VisitLoad(
        before=visits_by_agent([agent_id], as_of=as_of).get(agent_id, 0),
        added=opened.values("member").distinct().count(),
        most=settings.FOLLOWUP_MOST_PER_AGENT,
    )
