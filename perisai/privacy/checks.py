"""System checks of the key rings."""

import stat
from collections.abc import Iterator, Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from perisai.privacy.keyring import RING_PURPOSES, KeyRing, KeyRingError, read_ring, ring_path

ID = "perisai.E003"
OWNER_ONLY = 0o600


def check_key_rings(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """Refuse a ring that is missing, broken, of another purpose, readable by others, or shared."""
    return [Error(text, id=ID) for text in _faults()]


def _faults() -> Iterator[str]:
    secrets: list[bytes] = []
    for purpose in RING_PURPOSES:
        try:
            secrets += _secrets(read_ring(ring_path(purpose), purpose))
        except KeyRingError as fault:
            yield f"{purpose.upper()}_KEYS_FILE: {fault}."
            continue
        mode = stat.S_IMODE(ring_path(purpose).stat().st_mode)
        if mode & ~OWNER_ONLY:
            yield f"{purpose.upper()}_KEYS_FILE: mode {mode:04o} is wider than 0400 or 0600."
    if len(set(secrets)) != len(secrets):
        names = ", ".join(f"{purpose.upper()}_KEYS_FILE" for purpose in RING_PURPOSES)
        yield f"{names}: a key appears twice; every key has one use."


def _secrets(ring: KeyRing) -> list[bytes]:
    return [key.secret for key in ring.keys.values()]
