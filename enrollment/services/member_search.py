"""Search among an agent's own members; of others only whether a NIK is registered."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import structlog

from enrollment.models import Member
from enrollment.models.member import MemberQuerySet
from enrollment.nik import parse_nik
from enrollment.services.members import members_in_book
from enrollment.services.regions import known_regions
from enrollment.services.rules import nik_policy
from perisai.phones import normalise_phone

log = structlog.get_logger(__name__)

MOST_FOUND: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Wanted:
    """Exactly one of three: a NIK, a phone number, whole words of a name."""

    nik: str = ""
    phone: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Found:
    """At most twenty of the agent's own members, or that the NIK is registered elsewhere."""

    members: tuple[Member, ...]
    is_elsewhere: bool = False


def search_members(wanted: Wanted, *, agent_id: UUID, on: date) -> Found:
    """Look among the agent's own. Raises NikInvalid or PhoneInvalid.

    A NIK that is not among them is answered with registered or not, and that is logged.
    """
    if wanted.nik:
        return _with_nik(wanted.nik, agent_id=agent_id, on=on)
    own = members_in_book(agent_id)
    if wanted.phone:
        return _found(own.with_phone(normalise_phone(wanted.phone)))
    regencies = own.order_by().values_list("regency_code", flat=True).distinct()
    return _found(own.with_name(wanted.name, regency_codes=list(regencies)))


def _with_nik(text: str, *, agent_id: UUID, on: date) -> Found:
    nik = parse_nik(text, regions=known_regions(), today=on, policy=nik_policy()).digits
    own = _found(members_in_book(agent_id).with_nik(nik))
    if own.members:
        return own
    is_elsewhere = Member.objects.with_nik(nik).exists()
    log.info("nik_asked_elsewhere", agent_id=str(agent_id), is_registered=is_elsewhere)
    return Found(members=(), is_elsewhere=is_elsewhere)


def _found(members: MemberQuerySet) -> Found:
    return Found(members=tuple(members.order_by("pk")[:MOST_FOUND]))
