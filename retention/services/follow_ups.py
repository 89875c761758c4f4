"""The work list of an agent, derived when it is read (R16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from enrollment.models import LimitKind, Member, not_limited, unrestricted
from enrollment.models.member import MemberQuerySet
from enrollment.services.members import missing_of
from payments.services.phone_rows import PayerView, payers
from perisai.models import AgentVillage
from perisai.months import last_day
from retention.due import work_rules
from retention.price_steps import PriceStep
from retention.priority import MemberFacts, WorkItem, work_item
from retention.services.price_changes import price_changes
from retention.services.tries import NOTHING, tries_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """A line of the work list with what the agent needs to go there; personal data.

    `price_change`: from when the member's months cost more, if that is soon (R35).
    """

    item: WorkItem
    name: str
    phone: str | None
    village_code: str | None
    price_change: PriceStep | None


def work_list(
    agent_id: UUID, *, as_of: date, kind: str = "", village_code: str = ""
) -> list[WorkItem]:
    """Members of an agent who need a visit on a day, the most urgent first; nothing personal.

    `kind` and `village_code`, when given, leave the others out. The number of statements does not
    grow with the book; nothing is decrypted.
    """
    members = Member.objects.served_by(agent_id).live().filter(unrestricted())
    if village_code:
        members = members.filter(village=village_code)
    wanted = (item for item in _items(members, as_of=as_of) if not kind or kind in item.kinds)
    return sorted(wanted, key=lambda item: item.place)


def work_items(member_ids: Iterable[UUID], *, as_of: date) -> dict[UUID, WorkItem]:
    """The lines of these members, each as its own agent has it; without a kind there is none.

    The number of statements does not grow with theirs.
    """
    members = Member.objects.live().filter(unrestricted(), pk__in=list(member_ids))
    return {item.member_id: item for item in _items(members, as_of=as_of)}


def with_people(items: Sequence[WorkItem], *, agent_id: UUID, as_of: date) -> list[WorkLine]:
    """The same lines with name, phone, village and dearer months, in three statements for all.

    Who has left the agent's book meanwhile is left out.
    """
    ids = [item.member_id for item in items]
    changes = price_changes(ids, as_of=as_of)
    people = Member.objects.served_by(agent_id).only("full_name", "phone", "village").in_bulk(ids)
    return [
        WorkLine(
            item=item,
            name=person.full_name,
            phone=person.phone,
            village_code=person.village_id,
            price_change=changes.get(item.member_id),
        )
        for item in items
        if (person := people.get(item.member_id)) is not None
    ]


def _items(members: MemberQuerySet, *, as_of: date) -> list[WorkItem]:
    rules = work_rules()
    found = _facts_of(_read(members))
    items = (work_item(facts, as_of=as_of, rules=rules) for facts in found)
    return [item for item in items if item is not None]


def _read(members: MemberQuerySet) -> list[Any]:  # of Member with `is_scored`
    scored = members.annotate(is_scored=not_limited(LimitKind.NO_SCORING))
    return list(scored.prefetch_related("occupations"))


def _facts_of(members: Sequence[Any]) -> list[MemberFacts]:
    ids = [member.pk for member in members]
    tries = tries_of(ids)
    sponsors = payers(ids)
    agents = {member.agent_id for member in members}
    villages = AgentVillage.objects.current().filter(agent__in=agents)
    own_villages = set(villages.values_list("agent", "village"))
    return [
        MemberFacts(
            member_id=member.pk,
            paid_through=member.paid_through,
            registered_on=member.registered_on,
            is_complete=not missing_of(member),
            is_scored=member.is_scored,
            is_in_own_village=(member.agent_id, member.village_id) in own_villages,
            sponsored_until=_last_day_of(sponsors.get(member.pk)),
            tries=tries.get(member.pk, NOTHING).tries,
            closed_by_a_person=frozenset(tries.get(member.pk, NOTHING).closed),
        )
        for member in members
    ]


def _last_day_of(payer: PayerView | None) -> date | None:
    """Of the month in which the contract ends: cover goes by months (ADR 54)."""
    return None if payer is None or payer.until is None else last_day(payer.until)
