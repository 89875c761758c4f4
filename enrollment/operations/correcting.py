"""`member.correct`: some fields of one group."""

from enrollment.correction_form import FIELDS_OF, NEVER_CLEARED, Correction
from enrollment.models import FieldGroup
from enrollment.operations.edits import edit_of, edited_result
from enrollment.operations.form_reading import (
    CONTACT,
    IDENTITY,
    WORK,
    read_contact,
    read_identity,
    read_work,
)
from enrollment.services.corrections import correct_member
from sync.op_data import OpData
from sync.registry import Op, Result, operation


@operation("member.correct", v=1, on="member", late="edit")
def correct(op: Op) -> Result:
    """Set or clear fields of a member; what others changed meanwhile is merged or a case."""
    return edited_result(correct_member(read_correction(op), by=edit_of(op)), op)


def read_correction(op: Op) -> Correction:
    """The correction in an operation. Raises Invalid with a pointer to each fault."""
    data = OpData(members=op.data)
    group = data.choice("group", FieldGroup) if data.has("group") else None
    if group is not None and group not in FIELDS_OF:
        data.refuse("group", "unknown_choice")
    said = data.inside("set")
    if data.has("set") and said is not None and not said.members:
        data.refuse("set", "required")
    confirmed = data.texts("soft_checks_confirmed", longest=40, most=20)
    data.finish()
    if group is None or said is None:
        raise AssertionError("data without a fault name a group and fields")
    names = _names_in_group(said, data, FIELDS_OF[group])
    correction = Correction(
        member_id=op.entity_id,
        group=group,
        said=names,
        base_rev=op.base_rev,
        identity=read_identity(said, names & IDENTITY.keys()),
        contact=read_contact(said, names & CONTACT.keys()),
        work=read_work(said, names & WORK.keys()),
        soft_checks_confirmed=frozenset(confirmed),
    )
    data.finish()
    return correction


def _names_in_group(said: OpData, data: OpData, allowed: tuple[str, ...]) -> frozenset[str]:
    """The fields that are said; those of other groups, and clearing what must stay, are faults."""
    known = {name for names in FIELDS_OF.values() for name in names}
    for name in said.members:
        if name not in known:
            data.refuse("set", "unknown_field")
        elif name not in allowed:
            said.refuse(name, "not_in_group")
        elif name in NEVER_CLEARED:
            said.has(name)
    return frozenset(said.members) & set(allowed)
