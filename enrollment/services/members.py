"""What is read of members: what a draft lacks, an agent's list."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from enrollment.cover import CoverDay, CoverState, cover_case, cover_state
from enrollment.models import Member, unrestricted
from enrollment.models.member import MemberQuerySet
from sync.registry import Row, read_rows


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ListedMember:
    """One member as the agent's app sees it, with the state on the day of asking."""

    id: UUID
    state: CoverState
    row: Row


class Said(NamedTuple):
    """Which of the things that R24 asks for are known, by the names of the form."""

    village_code: bool
    address_line: bool
    phone: bool
    occupations: bool
    income_monthly: bool
    programmes: bool

    def missing(self) -> list[str]:
        """The names of the others; empty: complete."""
        return [name for name, is_said in zip(self._fields, self, strict=True) if not is_said]


def missing_of(member: Member, *, has_main_occupation: bool | None = None) -> list[str]:
    """What R24 still asks for, by the names of the form; empty: complete.

    Reads `member.occupations`, unless it is told: prefetch them for many members.
    """
    if has_main_occupation is None:
        has_main_occupation = any(named.is_main for named in member.occupations.all())
    said = Said(
        village_code=member.village_id is not None,
        address_line=bool(member.address_line),
        phone=member.phone_index is not None or bool(member.no_phone_reason),
        occupations=has_main_occupation,
        income_monthly=member.income_monthly is not None,
        programmes=bool(member.programmes),
    )
    return said.missing()


def members_in_book(agent_id: UUID) -> MemberQuerySet:
    """The members that an agent looks after now, without what a list has no use for."""
    served = Member.objects.served_by(agent_id).unmerged()
    return served.only("id", "paid_through", "closed_on", "birth_date")


def members_in_state(
    agent_id: UUID, *, state: CoverState | None, village_code: str, day: CoverDay
) -> MemberQuerySet:
    """The agent's members, of one state and one village where they are named.

    Whose data are restricted stand in no list (R36).
    """
    members = members_in_book(agent_id).filter(unrestricted())
    if state is not None:
        members = members.alias(cover_state=cover_case(day)).filter(cover_state=state)
    return members.filter(village=village_code) if village_code else members


def listed(agent_id: UUID, members: Iterable[Member], *, day: CoverDay) -> list[ListedMember]:
    """These members with their rows, in a fixed number of statements; who left is left out."""
    page = list(members)
    rows = read_rows("member", agent_id, [member.pk for member in page])
    return [
        ListedMember(
            id=member.pk,
            state=cover_state(member.paid_through, closed_on=member.closed_on, day=day),
            row=rows[member.pk],
        )
        for member in page
        if member.pk in rows
    ]
