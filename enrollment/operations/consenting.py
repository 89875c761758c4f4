"""`consent.record` and `consent.withdraw`: what a member agrees to, and takes back."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from enrollment.models import Purpose
from enrollment.operations.edits import edit_of, on_our_clock
from enrollment.operations.form_reading import read_consent
from enrollment.registration_form import GivenConsent
from enrollment.services.consents import Withdrawal, record_consent, withdraw_consent
from sync.op_data import OpData
from sync.registry import Op, Result, operation, step
from sync.services.decide import must_be_held, stop_held
from sync.services.stored import applied_about

LONGEST_NOTE: Final = 500
WITHDRAWN: Final = "consent_withdrawn"


@operation("consent.record", v=1, on="member", key="member_id", late="add")
def record(op: Op) -> Result:
    """Keep one more consent; the latest word on each purpose counts."""
    member_id, given = _read_given(op)
    record_consent(given, consent_id=op.entity_id, member_id=member_id, by=edit_of(op))
    return Result(word="applied", entity="consent", entity_id=op.entity_id)


@operation("consent.withdraw", v=1, on="member", key="member_id", late="always")
def withdraw(op: Op) -> Result:
    """Keep what is taken back. Of a registration that is held, the case is stopped instead."""
    asked = _read_withdrawal(op)
    by = edit_of(op)
    if op.late is not None and op.late.code == "held":
        must_be_held(op)
        if Purpose.REGISTRATION in asked.purposes:
            stop_held(op, code=WITHDRAWN, now=by.received_at)
    else:
        withdraw_consent(asked, by=by, was_theirs=_was_in_book(op))
    return Result(word="applied", entity="consent", entity_id=op.entity_id)


@step("member.register", v=1)
def keep_withdrawals(op: Op, result: Result) -> Result:
    """What was taken back while a form was held holds for the member that it becomes (R36).

    Also for another agent's whom it joins: the form's consent is hers from now on.
    """
    if op.was_held:
        member_id = UUID(str(result.extra.get("into", op.entity_id)))
        for earlier in applied_about(op, "consent.withdraw"):
            asked = replace(_read_withdrawal(earlier), member_id=member_id)
            by = replace(edit_of(op), agent_id=earlier.agent_id)
            withdraw_consent(asked, by=by, was_theirs=True)
    return result


def _was_in_book(op: Op) -> bool:
    """Whether the author's book has told where the record went."""
    return op.late is not None and op.late.code in {"reassigned", "merged"}


def _read_given(op: Op) -> tuple[UUID, GivenConsent]:
    data = OpData(members=op.data)
    member_id = data.uuid("member_id") if data.has("member_id") else None
    given = read_consent(data, op)
    if given is not None and not given.purposes:
        data.refuse("purposes", "required")
    data.finish()
    if member_id is None or given is None:
        raise AssertionError("data without a fault name a member and a consent")
    return member_id, given


def _read_withdrawal(op: Op) -> Withdrawal:
    data = OpData(members=op.data)
    are_said = [data.has(name) for name in ("member_id", "asked_at")]
    member_id = data.uuid("member_id")
    asked_at = data.instant("asked_at")
    purposes = data.words("purposes", Purpose, most=len(Purpose))
    if not purposes and not data.faults:
        data.refuse("purposes", "required")
    note = data.text("note", longest=LONGEST_NOTE)
    data.finish()
    if not all(are_said) or member_id is None or asked_at is None:
        raise AssertionError("data without a fault name a member and an instant")
    return Withdrawal(
        withdrawal_id=op.entity_id,
        member_id=member_id,
        purposes=purposes,
        asked_at=on_our_clock(asked_at, op),
        note=note,
    )
