"""P7: the words that an operation of each kind may be answered with, and no others."""

from typing import Any, Final

from tests.machines.form_steps import NOT_A_NIK
from tests.machines.sync_world import Handset
from tests.phone.outbox import Kept

Words = frozenset[tuple[str, str]]
LATE: Final[Words] = frozenset(
    {
        *(("redirected", "reassigned"), ("redirected", "merged"), ("rejected", "not_in_book")),
        *(("blocked", "needs_op"), ("rejected", "dependency_refused")),
        ("conflict", "device_lost"),
    }
)
DONE: Final[Words] = frozenset({("applied", ""), ("merged", "")})
EDIT: Final[Words] = LATE | DONE | {("conflict", "reassigned"), ("rejected", "case_refused")}
# By a date before the agent's own agreement she was no agent: a person looks, and may refuse.
OF_THE_CLOCK: Final[Words] = frozenset(
    {
        ("rejected", "invalid"),
        *(("conflict", "agent_not_eligible"), ("rejected", "agent_not_eligible")),
    }
)
ANSWERS: Final[dict[str, Words]] = {
    "member.register": frozenset(
        {
            *(("applied", ""), ("redirected", "reopened"), ("redirected", "merged")),
            *(("conflict", "duplicate_identity"), ("conflict", "review_required")),
            *(("rejected", "case_refused"), ("conflict", "device_lost")),
            *(("redirected", "duplicate_identity"), ("rejected", "consent_withdrawn")),
        }
    ),
    "member.correct": EDIT
    | {
        *(("conflict", "overlap"), ("conflict", "review_required")),
        *(("conflict", "duplicate_identity"), ("rejected", "member_closed")),
    },
    "member.close": EDIT | {("conflict", "already_closed"), ("conflict", "review_required")},
    "heir.set": EDIT | {("conflict", "heirs_changed")},
    "prospect.record": DONE
    | {
        *(("rejected", "prospect_converted"), ("rejected", "not_in_book")),
        *(("conflict", "device_lost"), ("rejected", "case_refused")),
    },
    "follow_up.attempt": LATE | {("applied", "")},
    "consent.record": LATE | {("applied", "")},
    "consent.withdraw": frozenset(
        {
            *(("applied", ""), ("redirected", "reassigned"), ("redirected", "merged")),
            ("rejected", "not_in_book"),  # of somebody whom this agent never had
        }
    ),
    "attachment.declare": LATE
    | {
        *(("applied", ""), ("rejected", "too_many_files")),
        *(("rejected", "attachment_type"), ("rejected", "attachment_expired")),
    },
    "device.note": frozenset({("applied", "")}),
    "void": frozenset({("applied", "")}),
}


def p7_every_op_is_answered(handset: Handset) -> None:
    """No operation without a word of its table, and none that a bug has parked."""
    for op in handset.phone.outbox.all_ops():
        assert not op.is_open
        said = handset.phone.result_of(op.op_id)
        assert said is not None
        code = said.get("problem", {}).get("code", said.get("code", ""))
        # A clock that was set between capture and sending makes its own days look wrong.
        is_of_the_clock = handset.was_skewed and (said["result"], code) in OF_THE_CLOCK
        table = ANSWERS[op.body["kind"]] | _of_its_own(op)
        was_refused = said["result"] == "rejected" and ("conflict", code) in table  # by a person
        is_known = (said["result"], code) in table or was_refused
        assert is_known or is_of_the_clock, (op.body["kind"], said)


def _of_its_own(op: Kept) -> Words:
    """What its own data bring: a NIK that is none, a double of somebody who is not hers."""
    data: Any = op.body["data"]
    if data.get("nik") == NOT_A_NIK:
        return frozenset({("rejected", "nik_invalid")})
    is_double = data.get("reason") == "duplicate"
    return frozenset({("rejected", "invalid")} if is_double else ())
