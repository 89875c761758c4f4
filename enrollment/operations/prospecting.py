"""`prospect.record`: one contact with somebody who may become a member."""

from typing import Final

from enrollment.models import Ecosystem, ProspectOutcome
from enrollment.operations.edits import edit_of, edited_result
from enrollment.operations.form_reading import NAME
from enrollment.services.prospects import ProspectReport, record_prospect
from sync.op_data import OpData
from sync.registry import Op, Result, operation

LONGEST_NOTE: Final = 500
REQUIRED: Final = ("name", "village_code", "ecosystem", "occupation", "outcome")


@operation("prospect.record", v=1, on="prospect", late="edit", creates=True)
def record_contact(op: Op) -> Result:
    """Make or renew a prospect; each operation is one try (R41)."""
    result = edited_result(record_prospect(read_report(op), by=edit_of(op)), op)
    return Result(
        word=result.word,
        entity="prospect",
        entity_id=op.entity_id,
        rev=result.rev,
        extra=result.extra,
    )


def read_report(op: Op) -> ProspectReport:
    """The contact in an operation. Raises Invalid with a pointer to each fault."""
    data = OpData(members=op.data)
    for name in REQUIRED:
        data.has(name)
    ecosystem = data.choice("ecosystem", Ecosystem)
    outcome = data.choice("outcome", ProspectOutcome)
    said = {
        "name": data.text("name", longest=NAME),
        "village_code": data.text("village_code", longest=20),
        "occupation_code": data.text("occupation", longest=10),
        "phone": data.text("phone", longest=40),
        "note": data.text("note", longest=LONGEST_NOTE),
    }
    next_on = data.day("next_on")
    data.finish()
    if ecosystem is None or outcome is None:
        raise AssertionError("data without a fault name an ecosystem and an outcome")
    return ProspectReport(
        prospect_id=op.entity_id,
        base_rev=op.base_rev,
        ecosystem=ecosystem,
        outcome=outcome,
        says_phone="phone" in op.data,
        next_on=next_on,
        **said,
    )
