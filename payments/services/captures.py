"""When a form that names a code was written: by it a rule may bind held money, or may not (R10)."""

from datetime import datetime

from perisai.privacy import are_alike
from sync.registry import Op
from sync.services.stored import refused_before


def captured_at(op: Op) -> datetime:
    """Of a form that was refused for a fault and sent anew, when the first one was written.

    Only for the same person under the same code: else a paid code would wait for whoever falls ill.
    """
    first = [before.adjusted_at for before in refused_before(op) if _is_same(before, op)]
    return min([op.adjusted_at, *first])


def _is_same(before: Op, op: Op) -> bool:
    is_same_code = before.kind == op.kind and before.data.get("bill_code") == op.data["bill_code"]
    is_same_day = before.data.get("birth_date") == op.data["birth_date"]
    said = str(before.data.get("full_name", ""))
    return is_same_code and is_same_day and are_alike(said, op.data["full_name"])
