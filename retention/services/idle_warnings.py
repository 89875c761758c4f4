"""Warnings of agents who will be reviewed if they go on without result: noted, then told (R31)."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import connection

from perisai.deadlines import Deadline, atomic_within
from perisai.months import month_of
from perisai.services.messages import queue_all
from retention.models import IDLE_WARNING
from retention.services.idle_agents import agents_to_warn

log = structlog.get_logger(__name__)

# Ordered, so that two at once wait for each other instead of crossing.
INSERT: Final = """
    INSERT INTO retention_idlewarning (id, agent_id, month, active_on)
    SELECT uuidv7(), warned.agent_id, %s, warned.active_on
    FROM ({warned}) AS warned (agent_id, active_on)
    ORDER BY warned.agent_id
    ON CONFLICT ON CONSTRAINT idle_warning_once_per_agent_and_month DO NOTHING
    RETURNING id
"""
AT_ONCE: Final = timedelta(0)


@atomic_within(Deadline.SWEEP)
def warn_agents(branch_id: int, *, as_of: date) -> int:
    """Note whom of a branch to warn in the month of a day, and queue their messages; how many.

    Once per agent and month: safe to repeat, to come late, and beside itself.
    """
    here = agents_to_warn(as_of=as_of).filter(office__branch=branch_id)
    statement, values = here.order_by().values_list("pk", "active_on").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(warned=statement), [month_of(as_of), *values])
        new: list[UUID] = [key for (key,) in cursor.fetchall()]
    if new:
        queue_all(IDLE_WARNING, new, wait=AT_ONCE)
        log.info("agents_warned", branch=branch_id, agents=len(new))
    return len(new)
