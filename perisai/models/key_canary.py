"""What a database remembers of the master keys, to refuse the wrong ones."""

from django.db import models
from django.db.models import Q

from perisai.privacy.keyring import RING_PURPOSES


class KeyCanary(models.Model):
    """One master key that this database has known, as a value that only this key derives.

    Compared when a process reports ready: a wrong or lost key ring is found before it is used.
    """

    purpose = models.CharField(max_length=5, choices=[(name, name) for name in RING_PURPOSES])
    key_id = models.PositiveIntegerField()
    value = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "key_id"], name="key_canary_once_per_key"),
            models.CheckConstraint(
                condition=Q(purpose__in=RING_PURPOSES), name="key_canary_purpose_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.key_id}"
