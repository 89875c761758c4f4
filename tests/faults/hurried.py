"""The product's Celery application in a hurry: looks every second, and one kind of message to tell.

    celery --app tests.faults.hurried worker|beat …

CARELESS names what is left out, for the controls: `acks` acknowledges a task before it is done,
`claims` sends a message that another relay has in hand.
"""

import os
from datetime import timedelta
from typing import Any
from uuid import UUID

from celery.signals import worker_init

from config.celery import app
from perisai.registry import Message, message

KIND = "trial"
CARELESS = os.environ.get("CARELESS", "")

app.conf.beat_schedule = {
    name: {"task": task, "schedule": 1.0, "options": {"expires": 60.0}}
    for name, task in {
        "sweep": "retention.tasks.sweep",
        "relay messages": "perisai.tasks.relay_messages",
        "note beat": "perisai.tasks.note_beat",
    }.items()
}
if CARELESS == "acks":
    app.conf.task_acks_late = app.conf.task_reject_on_worker_lost = False


@message(KIND)
def tell(subject_id: UUID) -> Message:
    """What is told of a subject: its id."""
    return Message(
        phone_e164="+6281234567890", language="id", template=KIND, text=f"Untuk {subject_id}"
    )


@worker_init.connect
def leave_claims_out(**_: Any) -> None:
    """The relay's look without its lock, and without the time for which a claim puts a row off."""
    if CARELESS == "claims":
        from perisai.models.outbox import OutboxMessageQuerySet  # noqa: PLC0415  apps are loaded
        from perisai.services import messages  # noqa: PLC0415

        setattr(OutboxMessageQuerySet, "claimed", lambda rows: rows)  # noqa: B010  that is the fault
        setattr(messages, "LONGEST_TRY", timedelta())  # noqa: B010
