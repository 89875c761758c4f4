"""What a phone says of itself with every call."""

from django.db import connection

from perisai.models import Device
from sync.models import Outbox

# Never waits: a push of the same device may hold the row, and tells the phone to read it again.
NOTE_CONFIG = """
    WITH opened AS (
        INSERT INTO sync_outbox (device_id, last_seq, acked_epoch, acked_version, reported_count,
            clock_offset_ms, config_tag)
        VALUES (%(device)s, 0, '', 0, 0, 0, %(tag)s)
        ON CONFLICT DO NOTHING
    )
    UPDATE sync_outbox SET config_tag = %(tag)s
    WHERE device_id IN (
        SELECT device_id FROM sync_outbox WHERE device_id = %(device)s
        FOR NO KEY UPDATE SKIP LOCKED
    )
"""


def note_app(device: Device, *, version: str, schema: int) -> None:
    """Remember the app's version and row schema; nothing is written while they stay the same."""
    if (device.app_version, device.schema) == (version, schema):
        return
    Device.objects.filter(pk=device.pk).update(app_version=version, schema=schema)
    device.app_version, device.schema = version, schema


def note_config(device: Device, *, tag: str) -> None:
    """Remember which configuration the phone reads; nothing is written while it stays the same."""
    if Outbox.objects.filter(device=device, config_tag=tag).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(NOTE_CONFIG, {"device": device.pk, "tag": tag})
