"""Members as rows of an agent's book: the keys that enrollment owns."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Subquery

from enrollment.models import (
    LimitKind,
    Member,
    MemberFile,
    MemberOccupation,
    Purpose,
    not_limited,
    unrestricted,
)
from enrollment.services.consents import agrees_to
from enrollment.services.members import Said
from enrollment.services.withdrawals import is_taken_back
from perisai.ids import as_array, new_id
from perisai.models.prepared import IsOneOf, PreparedRows
from perisai.months import format_month
from perisai.privacy import EncryptedTextField, Opener, mask
from sync.models import CaseState, Conflict
from sync.registry import Row


def member_rows(agent_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Rows of those of the ids that this agent looks after now; one statement for any number.

    The NIK is masked and of the birth date only the year goes out: with both in full and the
    village, only a small serial would be left to guess.
    """
    return read_members(agent_id, ids)()


def read_members(agent_id: UUID, ids: Iterable[UUID]) -> Callable[[], dict[UUID, Row]]:
    """The same in two steps: what is returned makes the rows of what was read."""
    rows = ROWS_OF_MEMBERS.all(agent_id=agent_id, ids=as_array(ids))
    open_texts = _Openers(*(_field(name).opener() for name in _Openers._fields))
    return lambda: {found.id: _row(found, open_texts) for found in map(_Found._make, rows)}


class _Found(NamedTuple):
    """One row of the statement, by the names of its columns; sealed texts as they lie there."""

    id: UUID
    rev: int
    nik: bytes
    kpj: str
    kpj_provisional: bool
    full_name: bytes
    sex: str
    birth_date: date
    phone: bytes | None
    phone_owner: str
    no_phone_reason: bytes | None
    village_id: str | None
    address_line: bytes | None
    rt: str
    rw: str
    main_occupation: str | None
    other_occupations: list[str]
    ecosystem: str
    income_monthly: int | None
    programmes: list[str]
    registered_on: date
    episode_no: int
    paid_through: date | None
    episode_started_on: date | None
    closed_on: date | None
    closed_reason: str
    is_reminded: bool
    is_taken_back: bool
    is_listed: bool
    is_scored: bool
    open_cases: list[str]
    roles_stored: list[str]


class _Openers(NamedTuple):
    """How the sealed texts of a row are read, by the names of their columns."""

    nik: Opener
    full_name: Opener
    phone: Opener
    no_phone_reason: Opener
    address_line: Opener


def _field(name: str) -> EncryptedTextField[Any, Any]:
    return cast("EncryptedTextField[Any, Any]", Member._meta.get_field(name))


def _members_of(agent_id: UUID, ids: Sequence[UUID]) -> Any:
    """The columns of the members that an agent looks after now; their number is one parameter."""
    served = Member.objects.served_by(agent_id).unmerged().filter(IsOneOf("pk", ids))
    return served.annotate(
        main_occupation=Subquery(_occupations(is_main=True)[:1]),
        other_occupations=ArraySubquery(_occupations(is_main=False).order_by("pk")),
        is_reminded=ExpressionWrapper(agrees_to(Purpose.REMINDERS), output_field=BooleanField()),
        is_taken_back=is_taken_back(Purpose.REMINDERS),
        is_listed=unrestricted(),
        is_scored=not_limited(LimitKind.NO_SCORING),
        open_cases=_open_cases(agent_id),
        roles_stored=_roles_stored(),
    ).values_list(*_Found._fields)


def _occupations(*, is_main: bool) -> Any:
    named = MemberOccupation.objects.filter(member=OuterRef("pk"), is_main=is_main)
    return named.values("occupation_id")


def _open_cases(agent_id: UUID) -> ArraySubquery:
    """Kinds of the open cases about the member that this agent caused."""
    caused = Conflict.objects.filter(
        agent=agent_id, entity="member", entity_id=OuterRef("pk"), state=CaseState.OPEN
    )
    return ArraySubquery(caused.order_by("kind").values("kind").distinct())


def _roles_stored() -> ArraySubquery:
    """In which roles files of the member are kept."""
    kept = MemberFile.objects.filter(member=OuterRef("pk"), ended_at__isnull=True)
    return ArraySubquery(kept.order_by("role").values("role").distinct())


ROWS_OF_MEMBERS: Final = PreparedRows(_members_of, agent_id=new_id(), ids=[new_id()])


def _row(found: _Found, open_texts: _Openers) -> Row:
    pk = found.id.bytes
    address_line = open_texts.address_line(pk, found.address_line)
    return {
        "rev": found.rev,
        "nik": mask("nik", open_texts.nik(pk, found.nik) or ""),
        "kpj": found.kpj,
        "kpj_provisional": found.kpj_provisional,
        "name": open_texts.full_name(pk, found.full_name),
        "sex": found.sex,
        "birth_year": found.birth_date.year,
        "phone": open_texts.phone(pk, found.phone),
        "phone_owner": found.phone_owner,
        "village_code": found.village_id,
        "address_line": address_line,
        "rt": found.rt,
        "rw": found.rw,
        "occupations": _named(found),
        "ecosystem": found.ecosystem,
        "programmes": found.programmes,
        "registered_on": found.registered_on.isoformat(),
        "episode": found.episode_no,
        "paid_through": format_month(found.paid_through) if found.paid_through else None,
        "joined_on": _day(found.episode_started_on),
        "closed_on": _day(found.closed_on),
        "closed_reason": found.closed_reason,
        "missing": _missing(found, open_texts, address_line),
        "reminders": found.is_reminded and found.is_listed and not found.is_taken_back,
        "review": found.open_cases,
        "files": found.roles_stored,
        "restricted": not found.is_listed,  # in no list of the phone (R36)
        "scored": found.is_scored,  # else a person orders the visits
    }


def _named(found: _Found) -> list[Row]:
    """What she works as, the main one first."""
    others = [{"code": code, "is_main": False} for code in found.other_occupations]
    main = found.main_occupation
    return [{"code": main, "is_main": True}, *others] if main is not None else others


def _missing(found: _Found, open_texts: _Openers, address_line: str | None) -> list[str]:
    """As `missing_of`; why she has no phone is read only where she has none."""
    has_phone = found.phone is not None
    said = Said(
        village_code=found.village_id is not None,
        address_line=bool(address_line),
        phone=has_phone or bool(open_texts.no_phone_reason(found.id.bytes, found.no_phone_reason)),
        occupations=found.main_occupation is not None,
        income_monthly=found.income_monthly is not None,
        programmes=bool(found.programmes),
    )
    return [] if all(said) else said.missing()


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
