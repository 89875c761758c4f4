"""`member.register`: a captured form."""

from typing import Final

from enrollment.models import Verdict
from enrollment.operations.form_reading import (
    read_consent,
    read_contact,
    read_heirs,
    read_identity,
    read_work,
)
from enrollment.registration_form import Capture, Identity, RegistrationForm
from enrollment.services.registration import Registered, register_member
from perisai import clock
from sync.op_data import OpData
from sync.registry import Op, Result, operation
from sync.services.stored import lock_made_in_vain

MOST_MONTHS_READ: Final = 120  # which are offered is a rule of payments
REDIRECTED: Final = frozenset({Verdict.REOPENED, Verdict.MERGED})


@operation("member.register", v=1, on="member", creates=True)
def register(op: Op) -> Result:
    """A captured form becomes a member, a draft, a member reopened, or a case (R23, R24)."""
    lock_made_in_vain(op)
    return _result_of(register_member(read_form(op), by=_capture(op)))


def read_form(op: Op) -> RegistrationForm:
    """The form in an operation. Raises Invalid with a pointer to each fault."""
    data = OpData(members=op.data)
    identity = _read_identity(data)
    contact = read_contact(data)
    work = read_work(data)
    consent = read_consent(data.inside("consent"), op)
    heirs = read_heirs(data)
    confirmed = data.texts("soft_checks_confirmed", longest=40, most=20)
    prospect_id = data.uuid("prospect_id")
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
        heirs=heirs,
        soft_checks_confirmed=frozenset(confirmed),
        prospect_id=prospect_id,
        months=months,
        bill_code=bill_code,
    )


def _capture(op: Op) -> Capture:
    return Capture(
        agent_id=op.agent_id,
        op_id=op.op_id,
        captured_at=op.adjusted_at,
        received_at=clock.now() if op.was_held or op.decision else op.received_at,
        device_id=op.device_id,
        decision=op.decision or "",
        case=op.case,
        decided_by=op.decided_by,
    )


def _read_identity(data: OpData) -> Identity | None:
    are_said = [data.has(name) for name in ("full_name", "birth_date", "sex")]
    said = read_identity(data)
    if not all(are_said) or said.birth_date is None or said.sex is None:
        return None
    return Identity(
        nik=said.nik,
        full_name=said.full_name,
        birth_date=said.birth_date,
        sex=said.sex,
        birthplace=said.birthplace,
        mother_maiden_name=said.mother_maiden_name,
        kk_number=said.kk_number,
    )


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
    is_elsewhere = registered.verdict in REDIRECTED
    return Result(
        word="redirected" if is_elsewhere else "applied",
        entity="member",
        entity_id=registered.asked_id,
        code=registered.code,
        rev=registered.rev,
        warnings=registered.warnings,
        extra={"into": str(registered.member_id)} if is_elsewhere else {},
    )
