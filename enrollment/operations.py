"""What a phone may say about members: parse, one service, `Result`."""

from typing import Final

from enrollment.models import ConsentMethod, Ecosystem, PhoneOwner, Purpose, Relation, Verdict
from enrollment.nik import Sex
from enrollment.registration_form import (
    Capture,
    Contact,
    GivenConsent,
    Identity,
    NamedHeir,
    NamedOccupation,
    RegistrationForm,
    Work,
)
from enrollment.services.registration import Registered, register_member
from perisai.models import Language
from sync.op_data import OpData
from sync.registry import Op, Result, operation

NAME: Final = 100
LINE: Final = 200
MOST_HEIRS: Final = 5
MOST_OCCUPATIONS_READ: Final = 5  # how many are allowed is a rule of the service
MOST_MONTHS_READ: Final = 120  # which are offered is a rule of payments


@operation("member.register", v=1, on="member", creates=True)
def register(op: Op) -> Result:
    """A captured form becomes a member, a draft, a member reopened, or a case (R23, R24)."""
    capture = Capture(
        agent_id=op.agent_id,
        op_id=op.op_id,
        captured_at=op.adjusted_at,
        received_at=op.received_at,
    )
    return _result_of(register_member(read_form(op), by=capture))


def read_form(op: Op) -> RegistrationForm:
    """The form in an operation. Raises Invalid with a pointer to each fault."""
    data = OpData(members=op.data)
    identity = _read_identity(data)
    contact = _read_contact(data)
    work = _read_work(data)
    consent = _read_consent(data.inside("consent"))
    heirs = [_read_heir(heir) for heir in data.objects("heirs", most=MOST_HEIRS)]
    household_of = data.uuid("household_of")
    confirmed = data.texts("soft_checks_confirmed", longest=40, most=20)
    months = data.integer("months", least=1, most=MOST_MONTHS_READ)
    bill_code = data.digits("bill_code", least=16, most=16)
    data.finish()
    if identity is None:
        raise AssertionError("data without a fault hold an identity")
    return RegistrationForm(
        member_id=op.entity_id,
        identity=identity,
        contact=contact,
        work=work,
        consent=consent,
        heirs=tuple(heir for heir in heirs if heir is not None),
        household_of=household_of,
        soft_checks_confirmed=frozenset(confirmed),
        months=months,
        bill_code=bill_code,
    )


def _read_identity(data: OpData) -> Identity | None:
    are_said = [data.has(name) for name in ("full_name", "birth_date", "sex")]
    birth_date = data.day("birth_date")
    sex = data.choice("sex", Sex)
    identity = {
        "nik": data.text("nik", longest=40),
        "full_name": data.text("full_name", longest=NAME),
        "birthplace": data.text("birthplace", longest=NAME),
        "mother_maiden_name": data.text("mother_maiden_name", longest=NAME),
        "kk_number": data.digits("kk_number", least=16, most=16),
    }
    if not all(are_said) or birth_date is None or sex is None:
        return None
    return Identity(birth_date=birth_date, sex=sex, **identity)


def _read_contact(data: OpData) -> Contact:
    return Contact(
        village_code=data.text("village_code", longest=20),
        address_line=data.text("address_line", longest=LINE),
        rt=_read_neighbourhood(data, "rt"),
        rw=_read_neighbourhood(data, "rw"),
        postcode=data.digits("postcode", least=5, most=5),
        phone=data.text("phone", longest=40),
        phone_owner=data.choice("phone_owner", PhoneOwner),
        no_phone_reason=data.text("no_phone_reason", longest=NAME),
        email=data.text("email", longest=NAME),
    )


def _read_neighbourhood(data: OpData, name: str) -> str:
    """RT and RW are three digits, however they were written (R28)."""
    digits = data.digits(name, least=1, most=3)
    return digits.zfill(3) if digits else ""


def _read_work(data: OpData) -> Work:
    occupations = [
        NamedOccupation(code=item.text("code", longest=10), is_main=item.flag("is_main"))
        for item in data.objects("occupations", most=MOST_OCCUPATIONS_READ)
    ]
    return Work(
        occupations=tuple(occupations),
        income_monthly=data.integer("income_monthly"),
        programmes=data.texts("programmes", longest=10, most=5),
        employs_others=data.flag("employs_others"),
        ecosystem=data.choice("ecosystem", Ecosystem),
        workplace=data.text("workplace", longest=NAME),
        season_note=data.text("season_note", longest=LINE),
    )


def _read_consent(data: OpData | None) -> GivenConsent | None:
    if data is None:
        return None
    are_said = [data.has(name) for name in ("text_version", "language", "method", "given_at")]
    purposes = data.words("purposes", Purpose, most=len(Purpose))
    text_version = data.text("text_version", longest=20)
    language = data.choice("language", Language)
    method = data.choice("method", ConsentMethod)
    given_at = data.instant("given_at")
    witness = data.text("witness", longest=NAME)
    if not all(are_said) or language is None or method is None or given_at is None:
        return None
    return GivenConsent(
        purposes=purposes,
        text_version=text_version,
        language=language,
        method=method,
        given_at=given_at,
        witness=witness,
    )


def _read_heir(data: OpData) -> NamedHeir | None:
    is_said = data.has("name") and data.has("relation")
    relation = data.choice("relation", Relation)
    name = data.text("name", longest=NAME)
    birth_date = data.day("birth_date")
    phone = data.text("phone", longest=40)
    nik = data.text("nik", longest=40)
    if not is_said or relation is None:
        return None
    return NamedHeir(name=name, relation=relation, birth_date=birth_date, phone=phone, nik=nik)


def _result_of(registered: Registered) -> Result:
    if registered.verdict is Verdict.HELD:
        return Result(
            word="conflict",
            entity="member",
            entity_id=registered.asked_id,
            code=registered.code,
            other_id=registered.other_id,
            case=registered.case,
        )
    is_reopened = registered.verdict is Verdict.REOPENED
    return Result(
        word="redirected" if is_reopened else "applied",
        entity="member",
        entity_id=registered.asked_id,
        code=registered.code,
        rev=registered.rev,
        warnings=registered.warnings,
        extra={"into": str(registered.member_id)} if is_reopened else {},
    )
