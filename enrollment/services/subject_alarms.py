"""Terms that run out: told after 24, 48 and 66 hours, each once (R36)."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Exists, OuterRef

from enrollment.models import ALARM_HOURS, SubjectAlarm, SubjectRequest
from perisai.deadlines import Deadline, atomic_within
from perisai.services import messages

log = structlog.get_logger(__name__)

ALARM: Final = "subject_request.alarm"
AT_ONCE: Final = 500


def raise_alarms(now: datetime) -> int:
    """Note and tell every undecided request that has come to an alarm; returns how many alarms.

    Safe to repeat and beside itself: an alarm is raised once.
    """
    return sum(_raise(hours, now) for hours in ALARM_HOURS)


@atomic_within(Deadline.REPORT)
def _raise(hours: int, now: datetime) -> int:
    told = SubjectAlarm.objects.filter(request=OuterRef("pk"), hours=hours)
    waiting = SubjectRequest.objects.undecided().filter(
        ~Exists(told), received_at__lte=now - timedelta(hours=hours)
    )
    ours = [
        SubjectAlarm(request=request, hours=hours, raised_at=now)
        for request in waiting.order_by("due_at", "pk")[:AT_ONCE]
    ]
    SubjectAlarm.objects.bulk_create(ours, ignore_conflicts=True)
    raised = SubjectAlarm.objects.filter(pk__in=[alarm.pk for alarm in ours])
    for alarm in raised:
        messages.queue(ALARM, alarm.pk)
        log.warning("subject_request_waits", request=str(alarm.request_id), hours=hours)
    return len(raised)
