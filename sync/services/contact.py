"""What a phone says of itself with every call."""

from perisai.models import Device


def note_app(device: Device, *, version: str, schema: int) -> None:
    """Remember the app's version and row schema; nothing is written while they stay the same."""
    if (device.app_version, device.schema) == (version, schema):
        return
    Device.objects.filter(pk=device.pk).update(app_version=version, schema=schema)
    device.app_version, device.schema = version, schema
