"""What the gateway reports of messages: believed when it is signed, kept once."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import connection

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import SignatureInvalid
from perisai.models import DeliveryState

log = structlog.get_logger(__name__)

SIGNED_FOR: Final = timedelta(minutes=5)
MOMENT: Final = re.compile(r"[0-9]{1,11}", re.ASCII)
REFERENCE: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
NOBODYS: Final = 0

# Insert, then look, in one: a reference that nobody has costs what any other one does.
NOTE: Final = """
    INSERT INTO perisai_delivery (message_id, state)
    SELECT id, %(state)s FROM perisai_outboxmessage WHERE id = %(message)s
    ON CONFLICT DO NOTHING
"""


def must_be_signed(body: bytes, *, moment: str, signature: str, now: datetime) -> None:
    """Raises SignatureInvalid unless the gateway signed these bytes within five minutes.

    The signature is HMAC-SHA256 in hexadecimal, by NOTIFY_CALLBACK_SECRET, over the moment
    (seconds since 1970), a full stop and the body.
    """
    secret = settings.NOTIFY_CALLBACK_SECRET.encode()
    if not secret or not MOMENT.fullmatch(moment):
        raise SignatureInvalid
    right = hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    is_right = hmac.compare_digest(right.encode(), signature.lower().encode())
    is_fresh = abs(now.timestamp() - int(moment)) <= SIGNED_FOR.total_seconds()
    if not (is_right and is_fresh):
        raise SignatureInvalid


@atomic_within(Deadline.PAGE)
def note_delivery(reference: str, state: DeliveryState) -> None:
    """Keep one report. Repeatable; about a message that is not ours nothing is kept, nor said."""
    message = int(reference) if REFERENCE.fullmatch(reference) else NOBODYS
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"message": message, "state": state})
        is_new = cursor.rowcount == 1
    if is_new:
        log.info("message_reported", message=message, state=state)
