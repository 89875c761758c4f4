"""The fair hand-out: whom nobody looks after is dealt to the branch's agents (R32)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from enrollment.models import ALONE, HandOverProposal, Member
from enrollment.models.member import MemberQuerySet
from enrollment.services.hand_over_proposals import HandOverDraft, propose_hand_over
from perisai.clock import official_date
from perisai.deadlines import Deadline, atomic_within
from perisai.models import Agent, AgentVillage, Branch, User
from retention.dealing import Deal, Taker, Waiting, deal
from retention.models import Escalation, EscalationReason, FollowUp
from retention.services.unattended import SAID, Unattended, why_unattended
from retention.services.visit_load import visits_by_agent
from sync.models import BookEntry
from sync.services.book_size import BOOK_ROWS

log = structlog.get_logger(__name__)
Rows = TypeVar("Rows", bound="QuerySet[Any]")

AT_ONCE: Final = 5_000
"""Members looked at in one hand-out, those to visit first; the next one takes the rest."""

RESTS: Final = timedelta(days=30)
"""How long the night leaves alone whom a person did not want to move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOut:
    """Whom to deal out, and why: of an agent, or of nobody who works; `by` nobody: the night.

    Without a reason each proposal says what became of its members' agents.
    """

    branch_id: int
    reason: str = ""
    from_agent: Agent | None = None
    only_visits: bool = False
    by: User | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """What was proposed: how many proposals, of how many members, and who finds no agent."""

    proposals: int
    members: int
    left: int


def pool_of(branch_id: int) -> MemberQuerySet:
    """The live members of a branch whom no working agent looks after; its officers answer."""
    return Member.objects.filter(branch=branch_id).live().unmerged().unattended()


def with_visits(members: Rows, *, as_of: date) -> Rows:
    """Those among them who have an open follow-up."""
    visits = FollowUp.objects.open(as_of=as_of).filter(member=OuterRef("pk"))
    return members.filter(Exists(visits))


def try_hand_out(wanted: HandOut, *, now: datetime) -> Deal:
    """The dry run: who would go to whom. Writes nothing."""
    return deal(
        _waiting(wanted, now=now),
        _takers(wanted, as_of=official_date(now)),
        most_visits=settings.FOLLOWUP_MOST_PER_AGENT,
    )


@atomic_within(Deadline.REPORT)
def propose_hand_out(wanted: HandOut, *, now: datetime) -> HandedOut:
    """Deal out and note it: a proposal per agent, or more of at most five hundred members each.

    Nobody moves before a supervisor confirms. Who waits in another proposal is passed over: a
    second run, also beside the first, proposes nothing new.
    """
    Branch.objects.select_for_update(no_key=True).get(pk=wanted.branch_id)
    dealt = try_hand_out(wanted, now=now)
    drafts = _drafts(wanted, dealt)
    for draft in drafts:
        propose_hand_over(draft, by=wanted.by)
    found = HandedOut(
        proposals=len(drafts),
        members=sum(len(draft.members) for draft in drafts),
        left=len(dealt.left),
    )
    log.info("handed_out", branch=wanted.branch_id, proposals=found.proposals, left=found.left)
    return found


def propose_by_night(branch_id: int, *, now: datetime) -> HandedOut:
    """What the system proposes of itself: visits of the pool, and of agents who are silent.

    Of the pool each proposal says why: no agent, ended, deactivated by a review, suspended.
    """
    of_silent = _("Agen tidak ada kabar: kunjungannya dibagi menurut wilayah dan beban kerja.")
    wanted = [HandOut(branch_id=branch_id, only_visits=True)]
    wanted += [
        HandOut(branch_id=branch_id, reason=of_silent, from_agent=agent, only_visits=True)
        for agent in silent_agents(branch_id, as_of=official_date(now))
    ]
    found = [propose_hand_out(one, now=now) for one in wanted]
    return HandedOut(
        proposals=sum(one.proposals for one in found),
        members=sum(one.members for one in found),
        left=sum(one.left for one in found),
    )


def silent_agents(branch_id: int, *, as_of: date) -> list[Agent]:
    """Working agents of whom the supervisor was told that they are silent, and it still holds."""
    silences = Escalation.objects.filter(branch=branch_id, reason=EscalationReason.SILENT_AGENT)
    told = silences.open(as_of=as_of)
    agents = Agent.objects.filter(pk__in=told.values("agent")).working()
    return list(agents.order_by("number"))


def _drafts(wanted: HandOut, dealt: Deal) -> list[HandOverDraft]:
    """A proposal per agent and reason, or more of at most five hundred members each."""
    takers = Agent.objects.select_related("office").in_bulk(list(dealt.taken))
    whys = {} if wanted.reason else why_unattended(chain.from_iterable(dealt.taken.values()))
    return [
        HandOverDraft(
            to_agent=takers[agent_id], reason=reason, from_agent=wanted.from_agent, members=page
        )
        for agent_id, members in dealt.taken.items()
        for reason, told in _by_reason(members, wanted.reason, whys)
        for page in _pages(told)
    ]


def _by_reason(
    members: Sequence[UUID], reason: str, whys: Mapping[UUID, Unattended]
) -> list[tuple[str, list[UUID]]]:
    """All for the reason that was given; without one, by what became of their agents."""
    if reason:
        return [(reason, list(members))]
    found: dict[Unattended, list[UUID]] = defaultdict(list)
    for member in members:
        found[whys[member]].append(member)
    return [(str(SAID[why]), told) for why, told in found.items()]


def _pages(members: Sequence[UUID]) -> Iterator[tuple[UUID, ...]]:
    for start in range(0, len(members), ALONE):
        yield tuple(members[start : start + ALONE])


def _waiting(wanted: HandOut, *, now: datetime) -> list[Waiting]:
    """Whom it is about, in order: to visit first, the longest unpaid before the others."""
    members = (
        pool_of(wanted.branch_id)
        if wanted.from_agent is None
        else Member.objects.filter(branch=wanted.branch_id).live().served_by(wanted.from_agent.pk)
    )
    visits = FollowUp.objects.open(as_of=official_date(now)).filter(member=OuterRef("pk"))
    found = members.annotate(needs_visit=Exists(visits)).exclude(pk__in=_spoken_for(wanted, now))
    if wanted.only_visits:
        found = found.filter(needs_visit=True)
    rows = found.order_by("-needs_visit", "paid_through", "pk").values_list(
        "pk", "village", "regency_code", "needs_visit"
    )
    return [
        Waiting(member_id=pk, place=village or regency, needs_visit=needs_visit)
        for pk, village, regency, needs_visit in rows[:AT_ONCE]
    ]


def _spoken_for(wanted: HandOut, now: datetime) -> set[UUID]:
    """Who stands in a proposal that waits; for the night also whom somebody dropped lately."""
    of_branch = HandOverProposal.objects.filter(to_agent__office__branch=wanted.branch_id)
    found = of_branch.unsettled()
    if wanted.by is None:
        dropped = Q(proposed_by=None, dropped_at__gt=now - RESTS)
        found = of_branch.filter(Q(done_at=None, dropped_at=None) | dropped)
    return set(chain.from_iterable(found.values_list("members", flat=True)))


def _takers(wanted: HandOut, *, as_of: date) -> list[Taker]:
    """Working agents of the branch who are not silent, with what they have and await."""
    agents = Agent.objects.working().filter(office__branch=wanted.branch_id)
    away = {agent.pk for agent in silent_agents(wanted.branch_id, as_of=as_of)}
    away |= {wanted.from_agent.pk} if wanted.from_agent else set()
    known = dict(agents.exclude(pk__in=away).order_by("number").values_list("pk", "number"))
    places = _places(known)
    visits = visits_by_agent(known, as_of=as_of)
    members = _counted(
        Member.objects.filter(agent__in=known)
        .live()
        .values("agent")
        .annotate(n=Count("pk"))
        .values_list("agent", "n")
    )
    awaited = _counted(
        HandOverProposal.objects.unsettled()
        .filter(to_agent__in=known)
        .values("to_agent")
        .annotate(n=Sum("member_count"))
        .values_list("to_agent", "n")
    )
    rows = _rows_in_books(known)
    return [
        Taker(
            agent_id=pk,
            number=number,
            places=places[pk],
            visits=visits.get(pk, 0) + awaited[pk],
            members=members[pk] + awaited[pk],
            room=max(0, BOOK_ROWS - rows[pk] - awaited[pk]),
        )
        for pk, number in known.items()
    ]


def _places(agents: Iterable[UUID]) -> Mapping[UUID, frozenset[str]]:
    """The villages that each looks after."""
    found: dict[UUID, set[str]] = {pk: set() for pk in agents}
    current = AgentVillage.objects.current().filter(agent__in=found)
    for agent_id, village in current.values_list("agent", "village"):
        found[agent_id].add(village)
    return {pk: frozenset(villages) for pk, villages in found.items()}


def _rows_in_books(agents: Iterable[UUID]) -> Mapping[UUID, int]:
    present = BookEntry.objects.filter(book__agent__in=list(agents), is_present=True)
    return _counted(
        present.values("book__agent").annotate(n=Count("pk")).values_list("book__agent", "n")
    )


def _counted(rows: Iterable[tuple[UUID, int]]) -> Mapping[UUID, int]:
    return defaultdict(int, rows)
