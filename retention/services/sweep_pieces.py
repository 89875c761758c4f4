"""A regency in pieces: what is sound is noted, what the database refuses is told (R16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from perisai.deadlines import Deadline, within
from retention.due import DueDays
from retention.models import SweepFault
from retention.services.sweep_statements import DUE_IN_ORDER, MARK, OPEN_SOME

MOST_FAULTS: Final = 100
"""With more refused rows than that in one regency, it is no matter of rows."""

OF_A_ROW: Final = ("22", "23", "P0")
"""The SQLSTATEs of a value, of a constraint, and of a trigger that refuses."""

Piece = tuple[str, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A regency and the windows of a day."""

    regency_code: str
    due: DueDays

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements of the sweep name."""
        due = self.due
        return {
            "regency": self.regency_code,
            "as_of": due.as_of,
            "oldest": due.oldest,
            "newest": due.newest,
            "registered_since": due.registered_since,
            "registered_until": due.registered_until,
            "promised_since": due.promised_since,
            "promised_until": due.promised_until,
            "sponsored_since": due.sponsored_since,
            "sponsored_until": due.sponsored_until,
        }


def is_of_a_row(fault: DatabaseError) -> bool:
    """Whether the database refused what was to be written, and not the work as such."""
    state: str | None = getattr(fault.__cause__, "sqlstate", None)
    return state is not None and state.startswith(OF_A_ROW)


def sweep_in_pieces(asked: Asked) -> int:
    """Note all due members that can be noted, and mark the regency; how many were new.

    Halves what is refused until single rows are left, each of which becomes a SweepFault. One
    commit. Raises DatabaseError for anything but refused rows, and for too many of them.
    """
    with within(Deadline.SWEEP), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else a row may be refused by COMMIT
        cursor.execute(DUE_IN_ORDER, asked.parameters)
        faults: list[SweepFault] = []
        opened = _open(asked, cursor.fetchall(), faults)
        SweepFault.objects.bulk_create(faults, ignore_conflicts=True)
        marked = {"rows": opened, "faults": len(faults)}
        cursor.execute(MARK, asked.parameters | marked)
    return opened


def _open(asked: Asked, pieces: Sequence[Piece], faults: list[SweepFault]) -> int:
    if not pieces:
        return 0
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            named = {"kinds": [kind for kind, _ in pieces], "ids": [key for _, key in pieces]}
            cursor.execute(OPEN_SOME, asked.parameters | named)
            return int(cursor.rowcount)
    except DatabaseError as fault:
        if not is_of_a_row(fault) or len(faults) >= MOST_FAULTS:
            raise
        if len(pieces) == 1:
            faults.append(_told(asked, pieces[0], fault))
            return 0
    middle = len(pieces) // 2
    return _open(asked, pieces[:middle], faults) + _open(asked, pieces[middle:], faults)


def _told(asked: Asked, piece: Piece, fault: DatabaseError) -> SweepFault:
    """The code and the constraint; the message of the database may hold what the row says."""
    kind, member_id = piece
    refused = fault.__cause__
    diagnosis = getattr(refused, "diag", None)
    return SweepFault(
        as_of=asked.due.as_of,
        regency_code=asked.regency_code,
        kind=kind,
        member_id=member_id,
        code=getattr(refused, "sqlstate", None) or "",
        constraint=getattr(diagnosis, "constraint_name", None) or "",
    )
