"""`consent.record` and `consent.withdraw`: what a member agrees to, and takes back."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from enrollment.edit import Edit
from enrollment.errors import ConsentIdTaken, RequestIdTaken
from enrollment.models import ConsentWithdrawal, Purpose
from enrollment.operations.edits import edit_of, on_our_clock
from enrollment.operations.form_reading import read_consent
from enrollment.operations.registering import read_form
from enrollment.registration_form import GivenConsent
from enrollment.services.consents import Withdrawal, record_consent, withdraw_consent
from perisai.ids import new_id
from sync.op_data import OpData
from sync.registry import Op, Result, operation, step
from sync.services.decide import must_be_held, stop_held
from sync.services.stored import applied_about, was_said_before

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
        _must_be_new(op)
        if Purpose.REGISTRATION in asked.purposes:
            stop_held(op, code=WITHDRAWN, now=by.received_at)
    else:
        withdraw_consent(asked, by=by, was_theirs=_was_in_book(op))
    return Result(word="applied", entity="consent", entity_id=op.entity_id)


@step("member.register", v=1)
def keep_withdrawals(op: Op, result: Result) -> Result:
    """What was taken back while a form had no effect holds for the member that it becomes (R36).

    Also for another agent's whom it joins, since the form's consent is hers from now on; and of a
    form that was refused, for the member of the form that stands for it.
    """
    earlier = applied_about(op, "consent.withdraw") if op.was_held or op.replaces else []
    member_id = UUID(str(result.extra.get("into", op.entity_id)))
    for withdrawal in earlier:
        asked = _not_agreed_again(_read_withdrawal(withdrawal), read_form(op).consent)
        if asked.purposes:
            by = replace(edit_of(op), agent_id=withdrawal.agent_id)
            _keep(replace(asked, member_id=member_id), by=by)
    return result


def _not_agreed_again(asked: Withdrawal, given: GivenConsent | None) -> Withdrawal:
    """What is left of it beside a consent that was given later."""
    again = given.purposes if given is not None and given.given_at > asked.asked_at else ()
    return replace(asked, purposes=tuple(one for one in asked.purposes if one not in again))


def _keep(asked: Withdrawal, *, by: Edit) -> None:
    """It was answered `applied`: an id that another row has by now undoes no word."""
    try:
        withdraw_consent(asked, by=by, was_theirs=True)
    except (ConsentIdTaken, RequestIdTaken):
        withdraw_consent(replace(asked, withdrawal_id=new_id()), by=by, was_theirs=True)


def _must_be_new(op: Op) -> None:
    """Raises ConsentIdTaken, as keeping it at once would."""
    if ConsentWithdrawal.objects.filter(pk=op.entity_id).exists() or was_said_before(op):
        raise ConsentIdTaken


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
