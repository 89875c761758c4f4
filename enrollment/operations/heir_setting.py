"""`heir.set`: the whole list of heirs."""

from enrollment.operations.edits import edit_of, edited_result
from enrollment.operations.form_reading import read_heirs
from enrollment.services.heir_lists import HeirList, set_heirs
from sync.op_data import OpData
from sync.registry import Op, Result, operation


@operation("heir.set", v=1, on="member", late="edit")
def set_list(op: Op) -> Result:
    """Replace the heirs of a member, also of one who is closed; an empty list is one."""
    data = OpData(members=op.data)
    if op.data.get("heirs") is None:
        data.refuse("heirs", "required")
    heirs = read_heirs(data)
    data.finish()
    wanted = HeirList(member_id=op.entity_id, base_rev=op.base_rev, heirs=heirs)
    return edited_result(set_heirs(wanted, by=edit_of(op)), op)
