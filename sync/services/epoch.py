"""The name of this database history."""

import secrets

from django.db import transaction

from perisai import clock
from perisai.services.sequences import skip_numbers
from sync.models import Epoch

ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
LENGTH = 8


def ensure_epoch() -> Epoch:
    """The one epoch row, made with a random name when there is none. Safe beside itself."""
    Epoch.objects.bulk_create([Epoch(id=1, name=_random_name())], ignore_conflicts=True)
    return Epoch.objects.get(pk=1)


@transaction.atomic
def new_epoch() -> Epoch:
    """Begin a new history after a restore from backup: phones walk their books from nothing.

    No number that was counted out since the backup is counted out again.
    """
    epoch = ensure_epoch()
    skip_numbers()
    epoch.name, epoch.since = _random_name(), clock.now()
    epoch.save(update_fields=["name", "since"])
    return epoch


def _random_name() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
