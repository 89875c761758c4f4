"""Cases for a person: phones that register somebody again whom another agent looks after."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from seeds.demo.draws import id_at, office_hour, stream
from seeds.demo.person import Person
from seeds.demo.phones import form_of, open_phone
from seeds.demo.story import Story
from sync.services.envelope import parse_push
from sync.services.push import push

CASES_PER_BRANCH: Final = 4
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
        device = open_phone(sender.id, at, numbers)
        people = numbers.sample(known, min(CASES_PER_BRANCH, len(known)))
        ops = list(_ops(people, at, numbers))
        pushed = push(device, parse_push({"first_seq": 1, "ops": ops}), device_time=at, now=at)
        if [answer.body.get("code") for answer in pushed.answers] != [EXPECTED] * len(ops):
            raise NotACase(branch)
        sent += len(ops)
    return sent


def _is_plain(person: Person) -> bool:
    return not person.is_draft and person.closing is None


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
            "data": form_of(person, made_at),
        }
