"""The sweep: note who owes a month, once, and change nothing else (R15, R16)."""

from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from perisai.deadlines import Deadline, atomic_within
from perisai.models import Regency
from retention.models import SweepRun
from retention.services.rules import due_members, due_window

# Facts and mark in one statement: both commit or neither does, and the first mark stays.
OPEN_FOLLOW_UPS = """
    WITH opened AS (
        INSERT INTO retention_followup
            (member_id, agent_id, regency_code, kind, episode_no, unpaid_since, opened_on)
        SELECT id, agent_id, regency_code, 'arrears', episode_no,
            (paid_through + interval '1 month')::date, %(as_of)s
        FROM enrollment_member
        WHERE regency_code = %(regency)s
          AND closed_on IS NULL
          AND paid_through BETWEEN %(oldest)s AND %(newest)s
          AND NOT EXISTS (
              SELECT 1 FROM enrollment_processinglimit AS l
              WHERE l.member_id = enrollment_member.id AND l.kind = 'restriction'
                AND l.lifted_at IS NULL
          )
        ON CONFLICT ON CONSTRAINT follow_up_once_per_kind_and_unpaid_month DO NOTHING
        RETURNING 1
    ), marked AS (
        INSERT INTO retention_sweeprun (as_of, regency_code, rows, seconds)
        SELECT %(as_of)s, %(regency)s, count(*),
            extract(epoch FROM clock_timestamp() - statement_timestamp())
        FROM opened
        ON CONFLICT ON CONSTRAINT sweep_run_once_per_day_and_regency DO NOTHING
    )
    SELECT count(*) FROM opened
"""


def regencies_to_sweep(as_of: date, *, is_forced: bool = False) -> QuerySet[Regency, str]:
    """Codes of regencies that have due members and no mark for this day; forced: marked ones too.

    A lost message and a killed worker leave no mark, so the next round finds their regency.
    """
    here = OuterRef("code")
    with_work = Regency.objects.filter(Exists(due_members(as_of).filter(regency_code=here)))
    if not is_forced:
        marked = SweepRun.objects.filter(as_of=as_of, regency_code=here)
        with_work = with_work.filter(~Exists(marked))
    return with_work.order_by("code").values_list("code", flat=True)


@atomic_within(Deadline.SWEEP)
def open_follow_ups(regency_code: str, *, as_of: date) -> int:
    """Note every member with an ended unpaid month, once (R16), and mark the regency as swept.

    Returns how many were new. One commit per regency; safe to repeat and to run beside itself.
    Raises no phone's book: the phone derives its work list from `paid_through`.
    """
    oldest, newest = due_window(as_of)
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN_FOLLOW_UPS,
            {"regency": regency_code, "as_of": as_of, "oldest": oldest, "newest": newest},
        )
        (opened,) = cursor.fetchone()
    return int(opened)
