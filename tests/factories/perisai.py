"""People and devices: the plainest legal rows."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.declarations import (
    LazyAttribute,
    LazyFunction,
    Maybe,
    RelatedFactory,
    SelfAttribute,
    Sequence,
    SubFactory,
)
from factory.django import DjangoModelFactory

from perisai import totp
from perisai.clock import official_date
from perisai.ids import new_id
from perisai.models import (
    NOTIFY_WITHIN,
    Agent,
    Branch,
    Breach,
    DataClass,
    Device,
    FileFormat,
    ImportKind,
    ImportRun,
    LegalBasis,
    Office,
    OfficeContract,
    OfficeKind,
    OutboxMessage,
    Platform,
    RevealLog,
    RevealReason,
    Role,
    TotpDevice,
    User,
    UserChange,
    UserChangeKind,
)

PASSWORD = "kata-sandi-yang-panjang"  # noqa: S105  of people who do not exist


@cache
def hashed_password() -> str:
    """The hash of PASSWORD, made once: it is meant to cost time."""
    return make_password(PASSWORD)


class BranchFactory(DjangoModelFactory[Branch]):
    """A branch without regencies."""

    class Meta:
        model = Branch

    code = Sequence(lambda n: f"T{n:05d}")
    name = Sequence(lambda n: f"Kantor Cabang Contoh {n}")


class OfficeContractFactory(DjangoModelFactory[OfficeContract]):
    """A contract since 2020 without an end; the office is to be named."""

    class Meta:
        model = OfficeContract

    number = Sequence(lambda n: f"KTR/{n:05d}")
    valid_from = date(2020, 1, 1)


class OfficeFactory(DjangoModelFactory[Office]):
    """A cooperative of its own branch, with a contract; `contract=None`: without."""

    class Meta:
        model = Office
        skip_postgeneration_save = True

    code = Sequence(lambda n: f"W{n:05d}")
    name = Sequence(lambda n: f"Kantor Perisai Contoh {n}")
    kind = OfficeKind.COOPERATIVE
    branch = SubFactory(BranchFactory)
    contract = RelatedFactory(OfficeContractFactory, factory_related_name="office")


class UserFactory(DjangoModelFactory[User]):
    """A national user; other roles by `role`. `password` is stored as its hash."""

    class Meta:
        model = User

    username = Sequence(lambda n: f"pengguna{n}")
    role = Role.NATIONAL
    password = LazyFunction(hashed_password)
    is_staff = LazyAttribute(lambda user: user.role in User.OFFICE_ROLES)
    branch = Maybe(
        LazyAttribute(lambda user: user.role == Role.SUPERVISOR),
        yes_declaration=SubFactory(BranchFactory),
        no_declaration=None,
    )


class TotpDeviceFactory(DjangoModelFactory[TotpDevice]):
    """An authenticator app in use, of a national user."""

    class Meta:
        model = TotpDevice

    user = SubFactory(UserFactory)
    secret = LazyFunction(totp.new_secret)
    confirmed_at = LazyFunction(timezone.now)
    last_step = 1


class UserChangeFactory(DjangoModelFactory[UserChange]):
    """A new finance login that a national user proposes."""

    class Meta:
        model = UserChange

    kind = UserChangeKind.CREATE
    username = Sequence(lambda n: f"usulan{n}")
    role = Role.FINANCE
    reason = "pegawai baru di kantor pusat"
    proposed_by = SubFactory(UserFactory)


class AgentFactory(DjangoModelFactory[Agent]):
    """An active agent without a phone; her login is her number, her password PASSWORD."""

    class Meta:
        model = Agent

    number = Sequence(lambda n: f"PRS-3515-{n:04d}")
    user = SubFactory(UserFactory, username=SelfAttribute("..number"), role=Role.AGENT)
    office = SubFactory(OfficeFactory)
    name = Sequence(lambda n: f"Agen Contoh {n}")
    appointed_on = date(2024, 1, 2)


class DeviceFactory(DjangoModelFactory[Device]):
    """An active phone of an agent of its own."""

    class Meta:
        model = Device

    agent = SubFactory(AgentFactory)
    installation_id = LazyFunction(uuid4)
    platform = Platform.ANDROID
    app_version = "1.4.0"
    schema = 1
    lease_until = LazyFunction(lambda: timezone.now() + timedelta(days=14))


class ImportRunFactory(DjangoModelFactory[ImportRun]):
    """A file of members that a national user began to bring in."""

    class Meta:
        model = ImportRun

    kind = ImportKind.MEMBERS
    made_by = SubFactory(UserFactory)
    sha256 = Sequence(lambda n: f"{n:064x}")
    file_format = FileFormat.CSV
    size = 1_000
    legal_basis = LegalBasis.CONTRACT
    field_key = 1


class RevealLogFactory(DjangoModelFactory[RevealLog]):
    """A phone number that a national user looked up; the member is to be named."""

    class Meta:
        model = RevealLog

    actor = SubFactory(UserFactory)
    branch = SubFactory(BranchFactory)
    entity = "member"
    entity_id = LazyFunction(new_id)
    field = "phone"
    reason = RevealReason.CONTACT
    explanation = "menghubungi peserta tentang iuran"
    request_id = "contoh"
    session = "0" * 32
    revealed_at = LazyFunction(timezone.now)
    counted_on = LazyAttribute(lambda row: official_date(row.revealed_at))


class BreachFactory(DjangoModelFactory[Breach]):
    """A breach of the twentieth of November, detected at ten in the evening (WIB)."""

    class Meta:
        model = Breach

    detected_at = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    notify_by = LazyAttribute(lambda breach: breach.detected_at + NOTIFY_WITHIN)
    what = "Laptop kantor hilang dari mobil"
    classes = LazyAttribute(lambda _: [DataClass.IDENTITY, DataClass.CONTACT])
    people_guessed = 40
    since = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
    until = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    recorded_by = SubFactory(UserFactory)
    recorded_at = LazyAttribute(lambda breach: breach.detected_at)


class OutboxMessageFactory(DjangoModelFactory[OutboxMessage]):
    """A message that waits, of a kind that nobody writes unless a test says so."""

    class Meta:
        model = OutboxMessage

    kind = "contoh"
    subject_id = LazyFunction(new_id)


def code_now(device: TotpDevice) -> str:
    """The code that this app shows at the present moment."""
    return totp.code_at(device.secret, totp.step_of(timezone.now()))


def login_body(agent: Agent, **changes: Any) -> dict[str, Any]:
    """The body of a right login from a fresh installation; `changes` go over its members."""
    device = {
        "installation_id": str(uuid4()),
        "label": "HP contoh",
        "platform": "android",
        "model": "SM-A055F",
        "app_version": "1.4.0",
        "schema": 1,
    }
    return {"login": agent.number, "password": PASSWORD, "device": device} | changes
