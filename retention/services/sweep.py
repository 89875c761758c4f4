"""The sweep: note who needs a visit, once, and change nothing else (R15, R16)."""

from datetime import date

import structlog
from django.db import DatabaseError, connection
from django.db.models import Exists, OuterRef, QuerySet

from perisai.deadlines import Deadline, within
from perisai.models import Regency
from retention.due import due_days
from retention.models import SweepRun
from retention.services.due_regencies import has_due_members
from retention.services.sweep_pieces import Asked, is_of_a_row, sweep_in_pieces
from retention.services.sweep_statements import OPEN_FOLLOW_UPS

log = structlog.get_logger(__name__)


def regencies_to_sweep(as_of: date, *, is_forced: bool = False) -> QuerySet[Regency, str]:
    """Codes of regencies that have due members and no mark for this day; forced: marked ones too.

    A lost message and a killed worker leave no mark, so the next round finds their regency.
    """
    with_work = Regency.objects.filter(has_due_members(due_days(as_of)))
    if not is_forced:
        marked = SweepRun.objects.filter(as_of=as_of, regency_code=OuterRef("code"))
        with_work = with_work.filter(~Exists(marked))
    return with_work.order_by("code").values_list("code", flat=True)


def open_follow_ups(regency_code: str, *, as_of: date) -> int:
    """Note every member of a regency who needs a visit, once per kind, and mark it as swept (R16).

    Returns how many were new. One statement and one commit per regency; safe to repeat and to run
    beside itself. A row that the database refuses is left out and told as a SweepFault; the others
    are noted. Raises no phone's book: the phone derives its work list. Raises DatabaseError, and
    leaves no mark, if no part of the regency can be noted.
    """
    asked = Asked(regency_code=regency_code, due=due_days(as_of))
    try:
        with within(Deadline.SWEEP), connection.cursor() as cursor:
            cursor.execute(OPEN_FOLLOW_UPS, asked.parameters)
            (opened,) = cursor.fetchone()
    except DatabaseError as fault:
        if not is_of_a_row(fault):
            raise
        log.warning("sweep_goes_in_pieces", regency=regency_code, as_of=as_of.isoformat())
        return sweep_in_pieces(asked)
    return int(opened)
