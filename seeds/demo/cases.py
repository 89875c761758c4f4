"""Cases for a person: phones that register somebody again whom another agent looks after."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from perisai.models import Device, Platform
from seeds.demo.draws import id_at, office_hour, stream
from seeds.demo.person import Person
from seeds.demo.person_rows import CONSENT_LANGUAGE, CONSENT_TEXT
from seeds.demo.story import Story
from sync.services.envelope import parse_push
from sync.services.push import push

CASES_PER_BRANCH: Final = 4
APP_VERSION: Final = "1.0.0"
ROW_SCHEMA: Final = 1
EXPECTED: Final = "duplicate_identity"


class NotACase(RuntimeError):
    """A second registration was answered otherwise than by a case: a bug."""


def send_duplicates(story: Story, zones: Mapping[str, ZoneInfo], *, as_of: date) -> int:
    """On the eve, one agent of each branch sends forms of people whom a colleague registered.

    Goes through the phones' own way in; returns how many cases that made. Raises NotACase.
    """
    sent = 0
    for branch, agents in story.agents.items():
        numbers = stream(f"cases of {branch}")
        sender = agents[-1]
        known = [
            person
            for person in story.people
            if person.agent in {agent.number for agent in agents[:-1]} and _is_plain(person)
        ]
        zone = zones[known[0].regency]
        at = office_hour(as_of - timedelta(days=1), zone, numbers)
        device = _device(sender.id, at, numbers)
        people = numbers.sample(known, min(CASES_PER_BRANCH, len(known)))
        ops = list(_ops(people, at, numbers))
        pushed = push(device, parse_push({"first_seq": 1, "ops": ops}), device_time=at, now=at)
        if [answer.body.get("code") for answer in pushed.answers] != [EXPECTED] * len(ops):
            raise NotACase(branch)
        sent += len(ops)
    return sent


def _is_plain(person: Person) -> bool:
    return not person.is_draft and person.closing is None


def _device(agent_id: UUID, at: datetime, numbers: Random) -> Device:
    return Device.objects.create(
        id=id_at(at, numbers),
        agent_id=agent_id,
        installation_id=id_at(at, numbers),
        platform=Platform.ANDROID,
        app_version=APP_VERSION,
        schema=ROW_SCHEMA,
        lease_until=at + settings.DEVICE_LEASE,
        last_seen_at=at,
    )


def _ops(people: list[Person], at: datetime, numbers: Random) -> Iterator[dict[str, Any]]:
    for seq, person in enumerate(people, start=1):
        made_at = at - timedelta(hours=len(people) - seq, minutes=numbers.randint(1, 50))
        yield {
            "seq": seq,
            "op_id": str(id_at(made_at, numbers)),
            "kind": "member.register",
            "v": 1,
            "entity_id": str(id_at(made_at, numbers)),
            "at": made_at.isoformat(timespec="milliseconds"),
            "data": _form(person, made_at),
        }


def _form(person: Person, made_at: datetime) -> dict[str, Any]:
    """The form of the second registration: the same card, read by another agent."""
    who, home, work = person.identity, person.contact, person.work
    reached = {"phone": home.phone} if home.phone else {"no_phone_reason": home.no_phone_reason}
    return {
        "nik": who.nik,
        "full_name": who.full_name,
        "birth_date": who.birth_date.isoformat(),
        "sex": str(who.sex),
        "village_code": home.village,
        "address_line": home.address_line,
        "rt": home.rt,
        "rw": home.rw,
        "occupations": [
            {"code": code, "is_main": place == 0} for place, code in enumerate(work.occupations)
        ],
        "income_monthly": work.income,
        "programmes": list(work.programmes),
        "employs_others": work.is_employer,
        "consent": {
            "purposes": [str(purpose) for purpose in person.agreement.purposes],
            "text_version": CONSENT_TEXT,
            "language": CONSENT_LANGUAGE,
            "method": str(person.agreement.method),
            "given_at": (made_at - timedelta(minutes=3)).isoformat(timespec="milliseconds"),
        },
        **reached,
    }
