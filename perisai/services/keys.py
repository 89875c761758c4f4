"""The life of a master key: new, active, rotated away, retired."""

from collections.abc import Callable, Iterable
from datetime import date
from time import time
from typing import Any, Literal

from django.db.models import Func, IntegerField, Model, Q, QuerySet

from perisai.deadlines import Deadline, atomic_within
from perisai.models import KeyCanary
from perisai.privacy import EncryptedField, KeyRingError, RingPurpose, key_provider
from perisai.privacy.canary import canary, is_canary
from perisai.privacy.fields import encrypted_columns, key_name
from perisai.privacy.keyring import (
    RING_PURPOSES,
    SECONDS_BETWEEN_LOOKS,
    KeyInUse,
    KeyRing,
    UnknownKey,
    new_ring,
    read_ring,
    ring_path,
    write_ring,
)
from perisai.services.guards import guards_aside

ROWS_PER_COMMIT = 200
# Longer than a process takes to see another ring, and than a transaction that began before that.
SETTLES_AFTER = 2 * SECONDS_BETWEEN_LOOKS + Deadline.SWEEP.seconds  # seconds

Fields = list[EncryptedField[Any, Any]]
Progress = Callable[[type[Model], int], None]
Turning = Literal["field", "proof"]
"""Rings whose active key may change."""


class KeyIdOf(Func):
    """The key id in the head of a stored value, read in SQL; null of what was destroyed."""

    template = (
        "(CASE WHEN octet_length(%(expressions)s) > 2 THEN"
        " get_byte(%(expressions)s, 1) * 256 + get_byte(%(expressions)s, 2) END)"
    )
    arity = 1
    output_field = IntegerField()


def canaries_open() -> bool:
    """Whether this process holds every key that the database has known, and its active ones.

    False means a wrong or lost ring, or a database without `migrate`. Raises KeyRingError.
    """
    known = KeyCanary.objects.values_list("purpose", "key_id", "value")
    values = {(purpose, key_id): bytes(value) for purpose, key_id, value in known}
    active = {(purpose, key_provider().active_id(purpose)) for purpose in RING_PURPOSES}
    return active <= values.keys() and all(
        is_canary(_purpose(purpose), key_id, value) for (purpose, key_id), value in values.items()
    )


def plant_canaries() -> None:
    """Remember the keys of every ring, once; what is remembered never changes."""
    for purpose in RING_PURPOSES:
        _plant(purpose, key_provider().key_ids(purpose))


def _plant(purpose: RingPurpose, key_ids: Iterable[int]) -> None:
    planted = [
        KeyCanary(purpose=purpose, key_id=id_, value=canary(purpose, id_)) for id_ in key_ids
    ]
    KeyCanary.objects.bulk_create(planted, ignore_conflicts=True)


def add_key(purpose: RingPurpose, *, created: date) -> int:
    """Put a random key into a ring and return its id; it makes nothing new until activated.

    Without a file it starts a ring, whose first key is active. Touches no database: the canary
    comes with `migrate` or with the activation. Raises KeyRingError.
    """
    if not ring_path(purpose).exists():
        ring = new_ring(purpose, created)
    else:
        ring = read_ring(ring_path(purpose), purpose).with_new_key(created)
    write_ring(ring)
    return max(ring.keys)


def activate_key(key_id: int, *, purpose: Turning = "field") -> None:
    """Make new values with another key of a ring. Raises KeyRingError, UnknownKey.

    The index ring has no such step: its values are compared, so a new key needs a second column.
    """
    ring = read_ring(ring_path(purpose), purpose).with_active(key_id)
    _plant(purpose, [key_id])
    write_ring(ring)


def retire_key(key_id: int) -> None:
    """Forget a key of the field ring for ever. Raises KeyInUse, UnknownKey and changes nothing.

    Keys of the proof ring stay: each proves the papers that were printed while it was active.
    """
    ring = field_ring()
    if key_id not in ring.keys:
        raise UnknownKey(f"the field ring has no key {key_id}")
    if key_id == ring.active:
        raise KeyInUse(f"key {key_id} makes new values: activate another one first")
    age = time() - ring_path("field").stat().st_mtime
    if age < SETTLES_AFTER:
        raise KeyInUse("the ring changed a moment ago: a process may still write with the old key")
    for model, fields in encrypted_columns().items():
        if _rows_with(model, fields, key_id=key_id).exists():
            raise KeyInUse(f"key {key_id} still opens rows of {model._meta.label}: rotate first")
    KeyCanary.objects.filter(purpose="field", key_id=key_id).delete()
    write_ring(ring.without_key(key_id))


def rotate_fields(*, limit: int | None, progress: Progress) -> int:
    """Encrypt anew, with the active key, what older keys made; at most `limit` rows.

    Commits in batches by primary key; a run that was cut short is simply run again, and writers go
    on beside it. Returns how many rows changed. Raises DecryptionFailed on a damaged value.
    """
    changed = 0
    for model, fields in encrypted_columns().items():
        after: object = None
        while limit is None or changed < limit:
            size = ROWS_PER_COMMIT if limit is None else min(ROWS_PER_COMMIT, limit - changed)
            batch = _reseal_batch(model, fields=fields, after=after, size=size)
            if not batch:
                break
            after = batch[-1]
            changed += len(batch)
            progress(model, len(batch))
    return changed


@atomic_within(Deadline.BULK)
def _reseal_batch(model: type[Model], *, fields: Fields, after: object, size: int) -> list[object]:
    """Reseal the next rows and return their keys. Saving an opened value seals it anew."""
    active = key_provider().active_id("field")
    names = [field.attname for field in fields]
    rows = _rows_with(model, fields, other_than=active).order_by("pk")
    rows = rows if after is None else rows.filter(pk__gt=after)
    read = rows.only("pk", key_name(model), *names)
    batch = list(read.select_for_update(no_key=True, of=("self",))[:size])
    with guards_aside(model):
        for row in batch:
            row.save(update_fields=names)
    return [row.pk for row in batch]


def _rows_with(
    model: type[Model],
    fields: Fields,
    *,
    key_id: int | None = None,
    other_than: int | None = None,
) -> QuerySet[Model]:
    """Rows that hold a value of this key, or of any key but the other one."""
    made_so = Q()
    made_by = {f"{field.attname}_key": KeyIdOf(field.attname) for field in fields}
    for name in made_by:
        if key_id is not None:
            made_so |= Q(**{name: key_id})
        else:
            made_so |= Q(**{f"{name}__lt": other_than}) | Q(**{f"{name}__gt": other_than})
    rows: QuerySet[Model] = model._base_manager.alias(**made_by).filter(made_so)
    return rows


def field_ring() -> KeyRing:
    """The field ring as its file says now. Raises KeyRingError."""
    return read_ring(ring_path("field"), "field")


def _purpose(word: str) -> RingPurpose:
    for purpose in RING_PURPOSES:
        if word == purpose:
            return purpose
    raise KeyRingError(f"the database remembers a key for {word}")
