"""The Celery application and all periodic work, in one list."""

import os
from contextvars import Token
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import task_postrun, task_prerun

from config.heartbeat import HeartbeatFile
from perisai.history import Cause, Teller, begin, end

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("perisai")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(HeartbeatFile)

# Times are official time (CELERY_TIMEZONE). Three rounds: the next one makes a lost one good.
app.conf.beat_schedule = {
    "sweep": {"task": "retention.tasks.sweep", "schedule": crontab(hour="0,2,4", minute="10")},
    # Hourly: a day begins in three zones, and the next round makes a lost one good.
    "remind": {"task": "retention.tasks.remind", "schedule": crontab(minute="40")},
    "tell of sponsors": {
        "task": "retention.tasks.tell_of_sponsors",
        "schedule": crontab(hour="3,5", minute="25"),
    },
    "tell payers": {
        "task": "retention.tasks.tell_payers",
        "schedule": crontab(hour="6,12", minute="35"),
    },
    "escalate": {
        "task": "retention.tasks.escalate_all",
        "schedule": crontab(hour="3,5", minute="15"),
    },
    "hand out": {
        "task": "retention.tasks.hand_out_all",
        "schedule": crontab(hour="5", minute="45"),
    },
    # In the morning; a message waits for the morning of the agent's own zone.
    "warn agents": {
        "task": "retention.tasks.warn_all",
        "schedule": crontab(hour="6", minute="20"),
    },
    "run waiting operations": {"task": "sync.tasks.run_waiting", "schedule": 300.0},
    "check uploads": {"task": "sync.tasks.check_uploads", "schedule": 10.0},
    "close old waiting operations": {
        "task": "sync.tasks.close_old_waiting",
        "schedule": crontab(hour="3", minute="20"),
    },
    "trim old books": {
        "task": "enrollment.tasks.trim_old_books",
        "schedule": crontab(hour="2", minute="50"),
    },
    "forget old drops": {
        "task": "sync.tasks.forget_old_drops",
        "schedule": crontab(hour="3", minute="25"),
    },
    "subject alarms": {"task": "enrollment.tasks.raise_subject_alarms", "schedule": 600.0},
    "end subject copies": {"task": "enrollment.tasks.end_subject_copies", "schedule": 600.0},
    "carry out hand-overs": {
        "task": "enrollment.tasks.carry_out_hand_overs",
        "schedule": 60.0,
    },
    "build subject copies": {"task": "supervision.tasks.build_subject_copies", "schedule": 60.0},
    "work imports": {"task": "supervision.tasks.work_imports", "schedule": 10.0},
    "discard imports": {
        "task": "supervision.tasks.discard_imports",
        "schedule": crontab(hour="3", minute="50"),
    },
    "note beat": {"task": "perisai.tasks.note_beat", "schedule": 30.0},
    "publish references": {
        "task": "perisai.tasks.publish_references",
        "schedule": crontab(minute="5"),
    },
    "relay messages": {"task": "perisai.tasks.relay_messages", "schedule": 10.0},
    "keep erasure list": {"task": "perisai.tasks.keep_erasure_list", "schedule": 300.0},
    "purge login codes": {
        "task": "perisai.tasks.purge_login_codes",
        "schedule": crontab(hour="3", minute="40"),
    },
    "purge": {"task": "perisai.tasks.purge_all", "schedule": crontab(hour="2", minute="30")},
    "retry suspense": {
        "task": "payments.tasks.retry_suspense",
        "schedule": crontab(hour="1", minute="10"),
    },
    "bind waiting codes": {"task": "payments.tasks.bind_waiting", "schedule": 60.0},
    "grant discount credits": {"task": "payments.tasks.grant_discount_credits", "schedule": 60.0},
    "credit late discounts": {
        "task": "payments.tasks.credit_late_discounts",
        "schedule": crontab(hour="1", minute="20"),
    },
    "check money": {
        "task": "payments.tasks.check_money",
        "schedule": crontab(hour="1", minute="30"),
    },
    "watch money check": {
        "task": "payments.tasks.watch_money_check",
        "schedule": crontab(minute="45"),
    },
}

for _entry in app.conf.beat_schedule.values():
    if isinstance(_entry["schedule"], float):  # a look that nobody took gives way to later ones
        _entry["options"] = {"expires": max(60.0, 3 * _entry["schedule"])}

_begun: dict[str, Token[Teller | None]] = {}


@task_prerun.connect
def begin_cause(task_id: str, task: Any, **_: Any) -> None:
    """What a task changes in hand-edited rows is the task's, by its name: never its arguments."""
    _begun[task_id] = begin(lambda: Cause(channel="task", task=task.name))


@task_postrun.connect
def end_cause(task_id: str, **_: Any) -> None:
    """The next task is another cause."""
    begun = _begun.pop(task_id, None)
    if begun is not None:
        end(begun)
