"""People as rows: what `enrollment.services.registration` writes for each, for thousands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db import connection

from enrollment.kpj import provisional_kpj
from enrollment.models import (
    Assignment,
    Consent,
    Dukcapil,
    Heir,
    Member,
    MemberOccupation,
    Registration,
    Verdict,
)
from perisai.clock import official_date
from perisai.privacy import EncryptedTextField, blind_index, name_words
from seeds.demo.copying import Sheet, copy_rows
from seeds.demo.person import Person

CONSENT_TEXT: Final = "2026-09-id"
CONSENT_LANGUAGE: Final = "id"
NEXT_KPJ: Final = "SELECT nextval('enrollment_kpj_seq') FROM generate_series(1, %(many)s)"

MEMBER_SHEET: Final = Sheet(
    model=Member,
    columns=(
        "id",
        "agent_id",
        "branch_id",
        "rev",
        "nik",
        "nik_index",
        "full_name",
        "name_words",
        "birth_date",
        "sex",
        "birthplace",
        "village_id",
        "regency_code",
        "address_line",
        "rt",
        "rw",
        "postcode",
        "phone",
        "phone_index",
        "phone_owner",
        "no_phone_reason",
        "ecosystem",
        "income_monthly",
        "programmes",
        "employs_others",
        "household_of_id",
        "kpj",
        "kpj_provisional",
        "dukcapil",
        "registered_on",
        "episode_no",
        "closed_reason",
        "created_at",
    ),
)
OCCUPATION_SHEET: Final = Sheet(
    model=MemberOccupation, columns=("member_id", "occupation_id", "is_main")
)
HEIR_SHEET: Final = Sheet(
    model=Heir, columns=("id", "member_id", "position", "name", "relation", "birth_year")
)
REGISTRATION_SHEET: Final = Sheet(
    model=Registration,
    columns=(
        "op_id",
        "agent_id",
        "member_id",
        "verdict",
        "captured_at",
        "soft_checks",
        "months",
        "bill_code",
        "created_at",
    ),
)
CONSENT_SHEET: Final = Sheet(
    model=Consent,
    columns=(
        "id",
        "member_id",
        "purposes",
        "text_version_id",
        "language",
        "method",
        "agent_id",
        "given_at",
        "created_at",
    ),
)
ASSIGNMENT_SHEET: Final = Sheet(
    model=Assignment, columns=("member_id", "agent_id", "from_on", "created_at")
)


class Registrar:
    """Turns people into rows; knows the keys of their agents and branches, and ecosystems."""

    def __init__(
        self,
        *,
        agents: Mapping[str, UUID],
        branches: Mapping[str, int],
        ecosystems: Mapping[str, str],
    ) -> None:
        self._agents = agents
        self._branches = branches
        self._ecosystems = ecosystems

    def write(self, people: Sequence[Person]) -> None:
        """Members who never paid, with all that their registration left. KPJ in this order."""
        kpjs = _next_kpjs(len(people))
        rows = (self._member(person, kpj) for person, kpj in zip(people, kpjs, strict=True))
        copy_rows(MEMBER_SHEET, rows)
        copy_rows(OCCUPATION_SHEET, _occupations(people))
        copy_rows(HEIR_SHEET, _heirs(people))
        copy_rows(REGISTRATION_SHEET, (self._registration(person) for person in people))
        copy_rows(CONSENT_SHEET, (self._consent(person) for person in people))
        copy_rows(ASSIGNMENT_SHEET, (self._assignment(person) for person in people))

    def _member(self, person: Person, kpj: str) -> tuple[object, ...]:
        who, home, work = person.identity, person.contact, person.work
        return (
            person.id,
            self._agents[person.agent],
            self._branches[person.regency],
            1,
            _sealed("nik", person.id, who.nik),
            blind_index("nik", who.nik),
            _sealed("full_name", person.id, who.full_name),
            name_words(who.full_name, regency_code=person.regency),
            who.birth_date,
            str(who.sex),
            _sealed("birthplace", person.id, who.birthplace),
            home.village,
            person.regency,
            _sealed("address_line", person.id, home.address_line),
            home.rt,
            home.rw,
            "",
            _sealed("phone", person.id, home.phone),
            blind_index("phone", home.phone) if home.phone else None,
            str(home.phone_owner or ""),
            _sealed("no_phone_reason", person.id, home.no_phone_reason or None),
            self._ecosystems[work.occupations[0]] if work.occupations else "",
            work.income,
            list(work.programmes),
            work.is_employer,
            person.household_of,
            kpj,
            True,
            str(Dukcapil.NOT_CHECKED),
            official_date(person.captured_at),
            0,
            "",
            person.captured_at,
        )

    def _registration(self, person: Person) -> tuple[object, ...]:
        return (
            person.op_id,
            self._agents[person.agent],
            person.id,
            str(Verdict.ACCEPTED),
            person.captured_at,
            [],
            None,
            "",
            person.captured_at,
        )

    def _consent(self, person: Person) -> tuple[object, ...]:
        given = person.agreement
        return (
            given.id,
            person.id,
            [str(purpose) for purpose in given.purposes],
            CONSENT_TEXT,
            CONSENT_LANGUAGE,
            str(given.method),
            self._agents[person.agent],
            given.given_at,
            person.captured_at,
        )

    def _assignment(self, person: Person) -> tuple[object, ...]:
        on = official_date(person.captured_at)
        return person.id, self._agents[person.agent], on, person.captured_at


def _next_kpjs(many: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT_KPJ, {"many": many})
        return [provisional_kpj(row[0]) for row in cursor.fetchall()]


def _occupations(people: Sequence[Person]) -> Iterable[tuple[object, ...]]:
    for person in people:
        for place, code in enumerate(person.work.occupations):
            yield person.id, code, place == 0


def _heirs(people: Sequence[Person]) -> Iterable[tuple[object, ...]]:
    name, birth_year = _field(Heir, "name"), _field(Heir, "birth_year")
    for person in people:
        for position, heir in enumerate(person.heirs, start=1):
            yield (
                heir.id,
                person.id,
                position,
                name.sealed(heir.id, heir.name),
                str(heir.relation),
                birth_year.sealed(heir.id, str(heir.birth_year)),
            )


def _sealed(column: str, member_id: UUID, plain: str | None) -> bytes | None:
    return None if plain is None else _field(Member, column).sealed(member_id, plain)


def _field(model: type[Member | Heir], column: str) -> "EncryptedTextField[str | None, str | None]":
    found = model._meta.get_field(column)
    if not isinstance(found, EncryptedTextField):
        raise TypeError(f"{column} is not an encrypted text")
    return found
