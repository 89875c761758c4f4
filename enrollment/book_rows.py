"""What a phone sees of members, and what it must know to judge them itself."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.conf import settings

from enrollment.models import Member, Prospect
from enrollment.services.cover_days import due_days
from enrollment.services.eligibility import eligibility_of
from enrollment.services.member_rows import read_members
from enrollment.services.prospects import prospect_rows
from perisai import clock
from perisai.models import Agent, User
from sync.registry import Json, Row, config, rows, seen_by


@rows("member")
def rows_of_members(agent_id: UUID, ids: Sequence[UUID]) -> Callable[[], dict[UUID, Row]]:
    """Rows of these members, without those that are not this agent's now."""
    return read_members(agent_id, ids)


@seen_by("member")
def members_seen(user: User, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these members on whose cases the user may decide: of his branch."""
    seen = Member.objects.visible_to(user).filter(pk__in=list(ids))
    return set(seen.values_list("pk", flat=True))


@config("agent")
def own_eligibility(agent_id: UUID) -> Json:
    """Whether what the agent captures now will count, and what is missing (R29)."""
    judged = eligibility_of(Agent.objects.get(pk=agent_id), at=clock.now())
    return {
        "eligible": judged.is_eligible,
        "reasons": [shortfall.value for shortfall in judged.shortfalls],
    }


@rows("prospect")
def rows_of_prospects(agent_id: UUID, ids: Sequence[UUID]) -> Callable[[], dict[UUID, Row]]:
    """Rows of these prospects, without those that are not this agent's or are members now."""
    found = prospect_rows(agent_id, ids)
    return lambda: found


@seen_by("prospect")
def prospects_seen(user: User, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these prospects on whose cases the user may decide: of his branch."""
    seen = Prospect.objects.visible_to(user).filter(pk__in=list(ids))
    return set(seen.values_list("pk", flat=True))


@config("registration")
def registration_limits(agent_id: UUID) -> Json:
    """Ages in completed years (R21)."""
    del agent_id  # the same for everybody
    return {"min_age": settings.AGE_MIN, "max_age_exclusive": settings.AGE_MAX_EXCLUSIVE}


@config("cover")
def cover_thresholds(agent_id: UUID) -> Json:
    """What the phone derives cover states from (R13 to R15, R38)."""
    del agent_id  # the same for everybody
    return {
        "lapse_after_ended_months": settings.COVER_LAPSE_AFTER_ENDED_MONTHS,
        "due_day": settings.DUE_DAY_OF_MONTH,
        "due_on": due_days(around=clock.today()),
        "official_zone": settings.CLOCK_OFFICIAL_ZONE,
    }
