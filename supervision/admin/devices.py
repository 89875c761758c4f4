"""Installations of the app: how they sync, what they still hold, and what they are told."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai import clock
from perisai.models import Device, DeviceState, Role, User, WipeOrder
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.agent_acts import DOERS, ReportLost
from supervision.admin.device_notes import notes_section
from supervision.admin.filters import WordFilter
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, instant, link, yes_or_no
from supervision.admin.words import PLATFORMS, RESULTS, Words, say
from supervision.services.sync_health import (
    Troubles,
    devices_with_sync,
    holding_what_left,
    holding_work_back,
    is_silent,
    notes_of,
    silent,
    troubles_of,
)
from sync.services.resync import want_walk

READERS: Final = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
TONES: Final = {DeviceState.ACTIVE: "good", DeviceState.LIMITED: "warn", DeviceState.LOST: "bad"}
STATES: Final[Words] = {
    DeviceState.ACTIVE: gettext_lazy("aktif"),
    DeviceState.LIMITED: gettext_lazy("hanya kirim"),
    DeviceState.LOST: gettext_lazy("hilang"),
    DeviceState.RETIRED: gettext_lazy("tidak dipakai"),
}
WIPES: Final[Words] = {
    WipeOrder.NONE: gettext_lazy("tidak ada"),
    WipeOrder.DRAIN_THEN_WIPE: gettext_lazy("kirim dulu, lalu hapus"),
    WipeOrder.WIPE: gettext_lazy("hapus sekarang"),
}


class DeviceStateFilter(WordFilter):
    """Devices by what they may do."""

    title = gettext_lazy("status")
    parameter_name = "state"
    words = STATES


class HoldingFilter(SimpleListFilter):
    """Devices that may still hold rows of members who went elsewhere."""

    title = gettext_lazy("data yang sudah pindah")
    parameter_name = "holding"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """One choice."""
        return [("1", gettext_lazy("mungkin masih dipegang"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those that have not said that they gave everything up."""
        return holding_what_left(queryset) if self.value() == "1" else queryset


class UnsentFilter(SimpleListFilter):
    """Devices whose agents' work does not arrive."""

    title = gettext_lazy("belum terkirim")
    parameter_name = "unsent"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """One choice."""
        return [("1", gettext_lazy("lebih dari 3 hari"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those that hold work of days ago, as they last said."""
        if self.value() != "1":
            return queryset
        return holding_work_back(queryset, now=clock.now())


class SilentFilter(SimpleListFilter):
    """Devices that nobody hears of any more: lost to a new installation, or out of use."""

    title = gettext_lazy("diam")
    parameter_name = "silent"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """One choice."""
        return [("1", gettext_lazy("sudah terkunci"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those whose lease has run out."""
        return silent(queryset, now=timezone.now()) if self.value() == "1" else queryset


class AskForWalk(Act[Device]):
    """A copy of the whole book anew."""

    name = "walk"
    title = gettext_lazy("Minta ambil ulang buku")
    explanation = gettext_lazy(
        "Saat tersambung, ponsel ini mengambil seluruh bukunya dari awal. Kiriman yang belum "
        "terkirim tidak hilang."
    )
    doers = DOERS

    def is_offered(self, record: Device | None, user: User) -> bool:
        """Of those that may read their book."""
        return record is not None and record.state == DeviceState.ACTIVE

    def carry_out(self, record: Device, asked: Asked) -> Done:
        """It is told with its next push."""
        want_walk(record.pk, now=clock.now())
        return Done(message=_("Ponsel akan mengambil ulang bukunya saat tersambung."))


class DeviceAdmin(ScopedAdmin[Device]):
    """Installations of the app."""

    title = gettext_lazy("Perangkat")
    readers = READERS
    acts = (AskForWalk(), ReportLost())
    list_display = (
        "device_name",
        "agent_number",
        "version",
        "state_badge",
        "last_push",
        "last_pull",
        "unsent",
        "clock_off",
    )
    list_filter = (DeviceStateFilter, SilentFilter, UnsentFilter, HoldingFilter)
    list_select_related = ("agent",)

    def scoped(self, user: User) -> QuerySet[Device]:
        """Of the agents that the user may see."""
        return devices_with_sync(user)

    @admin.display(description=gettext_lazy("perangkat"))
    def device_name(self, device: Device) -> str:
        """The model, by which an agent knows the phone."""
        return device.model or say(PLATFORMS, device.platform)

    @admin.display(description=gettext_lazy("agen"))
    def agent_number(self, device: Device) -> str:
        """Whose it is."""
        return device.agent.number

    @admin.display(description=gettext_lazy("versi"))
    def version(self, device: Device) -> str:
        """Of the app."""
        return device.app_version

    @admin.display(description=gettext_lazy("status"))
    def state_badge(self, device: Device) -> SafeString:
        """What it may do; of one that is silent that it is."""
        if is_silent(device, now=timezone.now()):
            return badge(_("diam"), "warn")
        return device_badge(device.state)

    @admin.display(description=gettext_lazy("kirim terakhir"))
    def last_push(self, device: Any) -> str:
        """When it last sent."""
        return instant(device.last_push_at)

    @admin.display(description=gettext_lazy("ambil terakhir"))
    def last_pull(self, device: Any) -> str:
        """When it last asked for its book; noted every five minutes."""
        return instant(device.last_pull_at)

    @admin.display(description=gettext_lazy("belum terkirim"))
    def unsent(self, device: Any) -> str:
        """As the phone last said: how many, and since when."""
        return unsent_of(device)

    @admin.display(description=gettext_lazy("selisih jam"))
    def clock_off(self, device: Any) -> SafeString | str:
        """How far its clock is off."""
        return clock_of(device)

    def called(self, record: Device, user: User) -> str:
        """By its model."""
        return self.device_name(record)

    def detail(self, record: Device, user: User) -> Detail:
        """One installation."""
        troubles = troubles_of(record)
        return Detail(
            title=self.called(record, user),
            facts=[*_facts_of(record), *_facts_of_sync(record, troubles)],
            sections=[_troubles(troubles), notes_section(notes_of(record), user)],
        )


def device_badge(state: str) -> SafeString:
    """What a device may do."""
    known = DeviceState(state)
    return badge(STATES[known], TONES.get(known, "quiet"))


def unsent_of(device: Any) -> str:
    """How many operations the phone said that it holds, and since when."""
    if not device.reported_count:
        return NOTHING
    since = {"count": device.reported_count, "since": instant(device.reported_oldest_at)}
    return _("%(count)d, tertua %(since)s") % since


def clock_of(device: Any) -> SafeString | str:
    """Whole minutes that its clock is behind ours, or with a minus before it."""
    if device.clock_offset_ms is None:
        return NOTHING
    offset = timedelta(milliseconds=device.clock_offset_ms)
    said = _("%(minutes)d menit") % {"minutes": round(offset / timedelta(minutes=1))}
    return badge(said, "warn") if abs(offset) > settings.CLOCK_SKEW_FLAG else said


def _facts_of(record: Device) -> list[Fact]:
    return [
        Fact(label=_("agen"), value=link(record.agent, record.agent.number)),
        Fact(label=_("platform"), value=say(PLATFORMS, record.platform)),
        Fact(label=_("versi"), value=record.app_version),
        Fact(label=_("status"), value=device_badge(record.state)),
        Fact(label=_("terakhir terlihat"), value=instant(record.last_seen_at)),
        Fact(label=_("terkunci mulai"), value=instant(record.lease_until)),
        Fact(label=_("dilaporkan hilang"), value=instant(record.lost_at)),
        Fact(label=_("perintah"), value=WIPES[record.wipe]),
        Fact(label=_("data dihapus"), value=instant(record.wiped_at)),
        Fact(label=_("mungkin memegang data"), value=yes_or_no(_holds(record))),
        Fact(label=_("terdaftar"), value=instant(record.created_at)),
    ]


def _facts_of_sync(record: Any, troubles: Troubles) -> list[Fact]:
    return [
        Fact(label=_("kirim terakhir"), value=instant(record.last_push_at)),
        Fact(label=_("ambil terakhir"), value=instant(record.last_pull_at)),
        Fact(label=_("belum terkirim"), value=unsent_of(record)),
        Fact(label=_("selisih jam"), value=clock_of(record)),
        Fact(label=_("diminta ambil ulang"), value=instant(record.resync_wanted_at)),
        Fact(label=_("data pindah yang belum dilepas"), value=troubles.still_held),
    ]


def _troubles(troubles: Troubles) -> Section:
    counted = [(say(RESULTS, result), n) for result, n in sorted(troubles.by_result.items())]
    return Section(
        title=_("Kiriman yang tidak diterapkan"),
        columns=[_("hasil"), _("kiriman")],
        rows=[*counted, (_("terhenti karena kesalahan sistem"), troubles.parked)],
    )


def _holds(device: Device) -> bool:
    return Device.objects.of_agent(device.agent_id).holding(timezone.now()).contains(device)
