"""How the phones stand: last contact, what they hold unsent, and rows that they must give up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from perisai.models import Device, DeviceState, User
from supervision.services.scope import TROUBLED, devices_visible_to
from sync.models import BookEntry, DropReason, Epoch, Operation, Outbox, ResultWord

TOLD: Final = (
    "last_push_at",
    "last_pull_at",
    "reported_count",
    "reported_oldest_at",
    "clock_offset_ms",
    "resync_wanted_at",
)
HELD_BACK_AFTER: Final = timedelta(days=3)
NOTES_SHOWN: Final = 10
WORKING: Final = [DeviceState.ACTIVE, DeviceState.LIMITED]
GIVEN_AWAY: Final = [DropReason.REASSIGNED, DropReason.MERGED, DropReason.ERASED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """What of a phone's work was not applied, by result, and the rows it has not given up."""

    by_result: Mapping[str, int]
    parked: int
    still_held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What an app told of itself; of what was purged only that there was something."""

    made_at: datetime
    code: str
    text: str


def devices_with_sync(user: User) -> QuerySet[Device]:
    """Devices that the user may see, each with what its outbox tells."""
    return with_sync(devices_visible_to(user))


def with_sync(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Each with what its outbox tells; None for one that never called."""
    outbox = Outbox.objects.filter(device=OuterRef("pk"))
    told = {name: Subquery(outbox.values(name)) for name in TOLD}
    return devices.annotate(**told)


def holding_work_back(devices: QuerySet[Any], *, now: datetime) -> QuerySet[Any]:
    """Of devices with their outboxes, those that said they hold work of days ago unsent."""
    return devices.filter(reported_count__gt=0, reported_oldest_at__lt=now - HELD_BACK_AFTER)


def silent(devices: QuerySet[Any], *, now: datetime) -> QuerySet[Any]:
    """Those in use of which nothing was heard for as long as their lease lasts."""
    return devices.filter(state__in=WORKING, lease_until__lte=now)


def is_silent(device: Device, *, now: datetime) -> bool:
    """Whether it is one of those."""
    return device.state in WORKING and device.lease_until <= now


def notes_of(device: Device) -> list[Note]:
    """What its app noted last, the newest first; one statement."""
    noted = Operation.objects.filter(
        device=device, kind="device.note", result=ResultWord.APPLIED, same_as=None
    )
    return [_note(one) for one in noted.order_by("-seq").only("body", "adjusted_at")[:NOTES_SHOWN]]


def _note(operation: Operation) -> Note:
    said: Mapping[str, Any] = (operation.body or {}).get("data") or {}
    return Note(
        made_at=operation.adjusted_at,
        code=str(said.get("code", "")),
        text=str(said.get("text", "")),
    )


def holding_what_left(devices: QuerySet[Device]) -> QuerySet[Device]:
    """Those that may still hold rows which went to another agent, or were erased."""
    left = _left_of(OuterRef("agent"), _acked_by(OuterRef(OuterRef("pk"))))
    holding = Device.objects.holding(timezone.now())  # leases keep the real clock
    return devices.filter(Exists(left), pk__in=holding.values("pk"))


def troubles_of(device: Device) -> Troubles:
    """Two statements for one phone."""
    troubled = Operation.objects.filter(device=device, same_as=None, result__in=TROUBLED)
    counted = troubled.order_by().values("result").annotate(n=Count("pk"))
    parked = Count("pk", filter=Q(result=ResultWord.BLOCKED, code="parked"))
    found = list(counted.annotate(parked=parked).values_list("result", "n", "parked"))
    return Troubles(
        by_result={result: n for result, n, _ in found},
        parked=sum(n for _, _, n in found),
        still_held=_left_of(device.agent_id, _acked_by(device.pk)).count(),
    )


def _left_of(agent: UUID | OuterRef, acked: Coalesce) -> QuerySet[BookEntry]:
    """Drops that are personal to somebody else now, and that a device has not heard of."""
    return BookEntry.objects.filter(
        book__agent=agent, is_present=False, reason__in=GIVEN_AWAY, version__gt=acked
    )


def _acked_by(device: UUID | OuterRef) -> Coalesce:
    """The version up to which it gave rows up; nothing of another history counts."""
    epoch = Subquery(Epoch.objects.values("name")[:1])
    outbox = Outbox.objects.filter(device=device, acked_epoch=epoch)
    return Coalesce(Subquery(outbox.values("acked_version")), Value(0))
