"""The first people of an empty installation: two national users and a partner with its counter.

Two, because office logins change by two persons: one alone could make no third.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import connection

from payments.models import PaymentPartner, PostAgent
from perisai import totp
from perisai.deadlines import Deadline, atomic_within
from perisai.models import Role, TotpDevice, User
from perisai.services.factors import new_recovery_codes
from perisai.services.one_time import one_time_password

LOGIN = RegexValidator(r"\A[\w.@+-]{1,60}\Z")
NAME = RegexValidator(r"\A\S[^\n]{0,99}\Z")
CODE = RegexValidator(r"\A[a-z0-9][a-z0-9-]{1,19}\Z")
LOGINS = ("first", "second", "counter")
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('perisai.bootstrap', 0))"


class CannotBootstrap(ValueError):
    """Nothing was made; the text says why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPeople:
    """What the first user and the first partner with its counter are called."""

    username: str
    second_username: str
    partner_code: str
    partner_name: str
    outlet_code: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FirstSecrets:
    """What is shown once and stands nowhere in clear."""

    password: str
    second_password: str
    totp_secret: str
    totp_address: str
    recovery_codes: list[str]
    outlet_password: str


@atomic_within(Deadline.PAGE)
def bootstrap(people: FirstPeople, *, now: datetime) -> FirstSecrets:
    """Make both, or nothing. Raises CannotBootstrap for bad names and where either exists."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    _must_be_empty()
    _must_be_well_named(people)
    password, second_password, outlet_password = (one_time_password() for _ in range(3))
    user = User.objects.create_user(people.username, role=Role.NATIONAL, password=password)
    User.objects.create_user(people.second_username, role=Role.NATIONAL, password=second_password)
    secret = totp.new_secret()
    TotpDevice.objects.create(user=user, secret=secret, confirmed_at=now, last_step=1)
    counter = User.objects.create_user(
        people.outlet_code, role=Role.POST_AGENT, password=outlet_password
    )
    partner = PaymentPartner.objects.create(code=people.partner_code, name=people.partner_name)
    PostAgent.objects.create(
        user=counter, partner=partner, outlet_code=people.outlet_code, name=people.partner_name
    )
    return FirstSecrets(
        password=password,
        second_password=second_password,
        totp_secret=secret,
        totp_address=totp.enrolment_address(secret, account=user.username),
        recovery_codes=new_recovery_codes(user),
        outlet_password=outlet_password,
    )


def _must_be_empty() -> None:
    if User.objects.filter(role__in=User.OFFICE_ROLES).exists():
        raise CannotBootstrap("there are office users already: nothing made")
    if PaymentPartner.objects.exists():
        raise CannotBootstrap("there is a partner already: nothing made")


def _must_be_well_named(people: FirstPeople) -> None:
    checks = {
        "username": (LOGIN, people.username),
        "second username": (LOGIN, people.second_username),
        "partner code": (CODE, people.partner_code),
        "partner name": (NAME, people.partner_name),
        "outlet code": (CODE, people.outlet_code),
    }
    for name, (check, value) in checks.items():
        try:
            check(value)
        except ValidationError as fault:
            raise CannotBootstrap(f"{name} is not well formed: nothing made") from fault
    if len({people.username, people.second_username, people.outlet_code}) < len(LOGINS):
        raise CannotBootstrap("two logins have one name: nothing made")
