"""Search among the members that somebody may see; of others only whether a NIK is registered."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import structlog

from enrollment.models import Member, unrestricted
from enrollment.models.member import MemberQuerySet
from enrollment.nik import parse_nik
from enrollment.services.members import members_in_book
from enrollment.services.regions import known_regions
from enrollment.services.rules import nik_policy
from perisai.models import User
from perisai.phones import normalise_phone

log = structlog.get_logger(__name__)

MOST_FOUND: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Wanted:
    """Exactly one: a NIK, a phone number, whole words of a name; for offices also a KPJ."""

    nik: str = ""
    phone: str = ""
    name: str = ""
    kpj: str = ""


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
    own = members_in_book(agent_id).filter(unrestricted())
    if wanted.phone:
        return _found(own.with_phone(normalise_phone(wanted.phone)))
    regencies = own.order_by().values_list("regency_code", flat=True).distinct()
    return _found(own.with_name(wanted.name, regency_codes=list(regencies)))


def search_for_office(wanted: Wanted, *, user: User, on: date) -> tuple[Member, ...]:
    """At most twenty members that this user may see. Raises NikInvalid or PhoneInvalid.

    Exact, but for names: those need a branch, whose regencies are searched. Who asked is logged,
    never for whom.
    """
    seen = Member.objects.visible_to(user).unmerged()
    if wanted.nik:
        found = seen.with_nik(_digits(wanted.nik, on=on))
    elif wanted.phone:
        found = seen.with_phone(normalise_phone(wanted.phone))
    elif wanted.kpj:
        found = seen.filter(kpj=wanted.kpj)
    else:
        regencies = seen.filter(branch=user.branch_id).order_by().values_list("regency_code")
        codes = [code for (code,) in regencies.distinct()]
        found = seen.with_name(wanted.name, regency_codes=codes)
    members = tuple(found.select_related("agent", "village").order_by("pk")[:MOST_FOUND])
    log.info("members_searched", user=user.pk, found=len(members))
    return members


def _with_nik(text: str, *, agent_id: UUID, on: date) -> Found:
    nik = _digits(text, on=on)
    own = _found(members_in_book(agent_id).with_nik(nik))
    if own.members:
        return own
    is_elsewhere = Member.objects.with_nik(nik).exists()
    log.info("nik_asked_elsewhere", agent_id=str(agent_id), is_registered=is_elsewhere)
    return Found(members=(), is_elsewhere=is_elsewhere)


def _digits(text: str, *, on: date) -> str:
    return parse_nik(text, regions=known_regions(), today=on, policy=nik_policy()).digits


def _found(members: MemberQuerySet) -> Found:
    return Found(members=tuple(members.order_by("pk")[:MOST_FOUND]))
