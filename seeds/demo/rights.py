"""People who ask about their own data, and supervisors who looked something up with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from enrollment.models import IdentityCheck, Outcome, RequestKind
from enrollment.services.subject_requests import (
    DecisionForm,
    RequestForm,
    decide_request,
    take_in_at_office,
)
from perisai.clock import official_date
from perisai.models import Branch, RevealLog, RevealReason, Role, User
from seeds.demo.draws import id_at, office_hour, stream
from seeds.demo.person import Person
from seeds.demo.story import Story

LOOK_UPS: Final = (
    ("phone", RevealReason.CONTACT, "Nomor dihubungi untuk janji kunjungan"),
    ("nik", RevealReason.DATA_CHECK, "NIK dicocokkan dengan kartu yang dibawa"),
    ("address_line", RevealReason.CONTACT, "Alamat untuk kunjungan bersama agen"),
)


DECIDED_AFTER: Final = timedelta(hours=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What one person asks, how long ago, and how it ended; None: it runs."""

    kind: RequestKind
    days_ago: int
    end: DecisionForm | None = None


ASKED: Final = (
    Asks(kind=RequestKind.ACCESS, days_ago=1),
    Asks(
        kind=RequestKind.ERASURE,
        days_ago=9,
        end=DecisionForm(
            outcome=Outcome.REFUSED, reason="Klaim manfaat masih diproses; data wajib disimpan."
        ),
    ),
    Asks(
        kind=RequestKind.RESTRICTION,
        days_ago=6,
        end=DecisionForm(
            outcome=Outcome.DONE, reason="Kebenaran data disengketakan; pemrosesan dibatasi."
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who takes in and who decides, in a branch, on the days before `as_of`."""

    branch: Branch
    supervisor: User
    national: User
    zone: ZoneInfo
    as_of: date
    numbers: Random

    def at(self, days_ago: int) -> datetime:
        """An office hour some days before."""
        return office_hour(self.as_of - timedelta(days=days_ago), self.zone, self.numbers)


def ask_for_rights(story: Story, zones: Mapping[str, ZoneInfo], *, as_of: date) -> int:
    """In each branch one access that runs, one erasure refused, one restriction, some reveals.

    Returns how many requests that are.
    """
    national = User.objects.filter(role=Role.NATIONAL).order_by("pk")[0]
    asked = 0
    for code, agents in story.agents.items():
        numbers = stream(f"rights of {code}")
        theirs = {agent.number for agent in agents}
        known = [one for one in story.people if one.agent in theirs and _is_plain(one)]
        people = numbers.sample(known, min(len(ASKED), len(known)))
        supervisor = User.objects.select_related("branch").get(
            role=Role.SUPERVISOR, branch__offices__agents=agents[0].id
        )
        desk = Desk(
            branch=Branch.objects.get(users=supervisor),
            supervisor=supervisor,
            national=national,
            zone=zones[known[0].regency],
            as_of=as_of,
            numbers=numbers,
        )
        for person, asks in zip(people, ASKED, strict=False):
            _ask(person.id, asks, desk)
        _look_up(people[0].id, desk)
        asked += len(people)
    return asked


def _is_plain(person: Person) -> bool:
    return not person.is_draft and person.closing is None and bool(person.contact.phone)


def _ask(member_id: UUID, asks: Asks, desk: Desk) -> None:
    at = desk.at(asks.days_ago)
    form = RequestForm(
        id=id_at(at, desk.numbers), kind=asks.kind, identity_check=IdentityCheck.IN_PERSON
    )
    request = take_in_at_office(member_id, form, by=desk.supervisor, now=at)
    if asks.end is not None:
        decide_request(request.pk, asks.end, by=desk.national, now=at + DECIDED_AFTER)


def _look_up(member_id: UUID, desk: Desk) -> None:
    """Rows as the service writes them; the service itself commits, which a load must not."""
    rows = []
    for days_ago, (field, reason, explanation) in enumerate(LOOK_UPS, start=2):
        at = desk.at(days_ago)
        rows.append(
            RevealLog(
                id=id_at(at, desk.numbers),
                actor=desk.supervisor,
                branch=desk.branch,
                entity="member",
                entity_id=member_id,
                field=field,
                reason=reason,
                explanation=explanation,
                request_id=str(id_at(at, desk.numbers)),
                session=f"{desk.numbers.getrandbits(128):032x}",
                counted_on=official_date(at),
                revealed_at=at,
            )
        )
    RevealLog.objects.bulk_create(rows)
