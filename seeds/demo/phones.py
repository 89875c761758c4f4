"""Phones of the demonstration's agents, and what they send of a person."""

from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from perisai.models import Device, Platform
from seeds.demo.draws import id_at
from seeds.demo.person import Person
from seeds.demo.person_rows import CONSENT_LANGUAGE, CONSENT_TEXT

APP_VERSION: Final = "1.0.0"
ROW_SCHEMA: Final = 1


def open_phone(agent_id: UUID, at: datetime, numbers: Random) -> Device:
    """An installation of the app, new at this instant."""
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


def form_of(person: Person, made_at: datetime) -> dict[str, Any]:
    """What `member.register` says of somebody: the same card, whoever reads it."""
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
