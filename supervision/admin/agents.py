"""Agents and their devices."""

from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Member
from enrollment.services.eligibility import eligibility_of
from perisai import clock
from perisai.models import (
    Agent,
    AgentEvent,
    AgentEventKind,
    AgentState,
    AgentVillage,
    Device,
    DeviceState,
    Role,
    User,
    WipeOrder,
)
from supervision.admin.agent_acts import (
    Appoint,
    End,
    Move,
    NameMembership,
    Reinstate,
    ReportLost,
    Suspend,
    Villages,
)
from supervision.admin.filters import WordFilter
from supervision.admin.hand_overs import GiveCare
from supervision.admin.history import history_of
from supervision.admin.pool import DealAgent
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import (
    NOTHING,
    badge,
    column,
    day,
    instant,
    link,
    masked,
    name_for,
    yes_or_no,
)
from supervision.admin.words import PLATFORMS, Words, say
from supervision.services.scope import devices_visible_to

READERS = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
TONES = {AgentState.ACTIVE: "good", AgentState.SUSPENDED: "warn", AgentState.ENDED: "quiet"}
STATES: Words = {
    AgentState.ACTIVE: gettext_lazy("aktif"),
    AgentState.SUSPENDED: gettext_lazy("ditangguhkan"),
    AgentState.ENDED: gettext_lazy("berakhir"),
}
DEVICE_TONES = {DeviceState.ACTIVE: "good", DeviceState.LIMITED: "warn", DeviceState.LOST: "bad"}
DEVICE_STATES: Words = {
    DeviceState.ACTIVE: gettext_lazy("aktif"),
    DeviceState.LIMITED: gettext_lazy("hanya kirim"),
    DeviceState.LOST: gettext_lazy("hilang"),
    DeviceState.RETIRED: gettext_lazy("tidak dipakai"),
}

EVENTS: Words = {
    AgentEventKind.APPOINTED: gettext_lazy("diangkat"),
    AgentEventKind.MOVED: gettext_lazy("pindah kantor"),
    AgentEventKind.VILLAGES: gettext_lazy("wilayah diubah"),
    AgentEventKind.SUSPENDED: gettext_lazy("ditangguhkan"),
    AgentEventKind.REINSTATED: gettext_lazy("diaktifkan kembali"),
    AgentEventKind.ENDED: gettext_lazy("berakhir"),
    AgentEventKind.PHONE_LOST: gettext_lazy("ponsel dicabut"),
    AgentEventKind.PASSWORD_RESET: gettext_lazy("kata sandi diganti"),
}
WIPES: Words = {
    WipeOrder.NONE: gettext_lazy("tidak ada"),
    WipeOrder.DRAIN_THEN_WIPE: gettext_lazy("kirim dulu, lalu hapus"),
    WipeOrder.WIPE: gettext_lazy("hapus sekarang"),
}
LAST_EVENTS = 20


class AgentStateFilter(WordFilter):
    """Agents by whether they work."""

    title = gettext_lazy("status")
    parameter_name = "state"
    words = STATES


class DeviceStateFilter(WordFilter):
    """Devices by what they may do."""

    title = gettext_lazy("status")
    parameter_name = "state"
    words = DEVICE_STATES


def agent_badge(state: str) -> SafeString:
    """Whether an agent works."""
    known = AgentState(state)
    return badge(STATES[known], TONES[known])


def device_badge(state: str) -> SafeString:
    """What a device may do."""
    known = DeviceState(state)
    return badge(DEVICE_STATES[known], DEVICE_TONES.get(known, "quiet"))


class AgentAdmin(ScopedAdmin[Agent]):
    """The agents of the offices that a branch looks after."""

    title = gettext_lazy("Agen")
    readers = READERS
    acts = (
        *(Appoint(), Villages(), Move(), NameMembership(), GiveCare(), DealAgent()),
        *(Suspend(), Reinstate(), End()),
    )
    keyset = ("number",)
    list_display = (
        column("number", gettext_lazy("nomor")),
        "office_name",
        "state_badge",
        "appointed",
    )
    list_filter = (AgentStateFilter,)
    search_fields = ("number__istartswith",)
    search_help_text = gettext_lazy("Awal nomor agen, misalnya PRS-1671")
    list_select_related = ("office",)

    def scoped(self, user: User) -> QuerySet[Agent]:
        """The user's branch, or all."""
        return Agent.objects.visible_to(user)

    @admin.display(description=gettext_lazy("kantor"))
    def office_name(self, agent: Agent) -> str:
        """The wadah."""
        return agent.office.name

    @admin.display(description=gettext_lazy("status"))
    def state_badge(self, agent: Agent) -> SafeString:
        """Whether the agent works."""
        return agent_badge(agent.state)

    @admin.display(description=gettext_lazy("sejak"))
    def appointed(self, agent: Agent) -> str:
        """Since when."""
        return day(agent.appointed_on)

    def detail(self, record: Agent, user: User) -> Detail:
        """The agent with villages, devices and the number of live members."""
        live = Member.objects.visible_to(user).served_by(record.pk).live().count()
        return Detail(
            title=record.number,
            facts=[
                Fact(label=_("nama"), value=name_for(user, record.name)),
                Fact(label=_("telepon"), value=masked("phone", record.phone)),
                Fact(label=_("kantor"), value=record.office.name),
                Fact(label=_("status"), value=agent_badge(record.state)),
                Fact(label=_("sejak"), value=day(record.appointed_on)),
                Fact(label=_("berakhir"), value=day(record.ended_on)),
                Fact(label=_("peserta binaan"), value=live),
                Fact(label=_("boleh mendaftarkan"), value=_eligibility_of(record)),
            ],
            sections=[
                _villages_of(record),
                _devices_of(record),
                _events_of(record, user),
                history_of(record),
            ],
        )


class DeviceAdmin(ScopedAdmin[Device]):
    """Installations of the app."""

    title = gettext_lazy("Perangkat")
    readers = READERS
    acts = (ReportLost(),)
    list_display = ("device_name", "agent_number", "version", "state_badge", "last_seen")
    list_filter = (DeviceStateFilter,)
    list_select_related = ("agent",)

    def scoped(self, user: User) -> QuerySet[Device]:
        """Of the agents that the user may see."""
        return devices_visible_to(user)

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
        """What it may do."""
        return device_badge(device.state)

    @admin.display(description=gettext_lazy("terakhir terlihat"))
    def last_seen(self, device: Device) -> str:
        """When it last called."""
        return instant(device.last_seen_at)

    def called(self, record: Device, user: User) -> str:
        """By its model."""
        return self.device_name(record)

    def detail(self, record: Device, user: User) -> Detail:
        """One installation."""
        return Detail(
            title=self.called(record, user),
            facts=[
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
            ],
        )


def _villages_of(agent: Agent) -> Section:
    villages = (
        AgentVillage.objects.filter(agent=agent)
        .current()
        .select_related("village__district__regency")
        .order_by("village")
    )
    return Section(
        title=_("Wilayah binaan"),
        columns=[_("desa/kelurahan"), _("kecamatan"), _("kabupaten/kota")],
        rows=[
            (row.village.name, row.village.district.name, row.village.district.regency.name)
            for row in villages
        ],
    )


def _eligibility_of(agent: Agent) -> str:
    """Yes, or every condition of R29 that is not met now."""
    judged = eligibility_of(agent, at=clock.now())
    if judged.is_eligible:
        return _("ya")
    return ", ".join(str(shortfall.label) for shortfall in judged.shortfalls)


def _holds(device: Device) -> bool:
    return Device.objects.of_agent(device.agent_id).holding(timezone.now()).contains(device)


def _events_of(agent: Agent, user: User) -> Section:
    """What was decided; the reason is for the branch, which wrote it."""
    events = AgentEvent.objects.filter(agent=agent).select_related("by").order_by("-at", "-id")
    may_read = user.role == Role.SUPERVISOR
    return Section(
        title=_("Riwayat"),
        columns=[_("kapan"), _("kejadian"), _("oleh"), _("alasan")],
        rows=[
            (
                instant(event.at),
                say(EVENTS, event.kind),
                event.by.username if event.by is not None else NOTHING,
                (event.reason if may_read else None) or NOTHING,
            )
            for event in events[:LAST_EVENTS]
        ],
    )


def _devices_of(agent: Agent) -> Section:
    devices = Device.objects.filter(agent=agent).order_by("-id")
    return Section(
        title=_("Perangkat"),
        columns=[_("perangkat"), _("versi"), _("status"), _("terakhir terlihat")],
        rows=[
            (
                link(device, device.model or say(PLATFORMS, device.platform)),
                device.app_version,
                device_badge(device.state),
                instant(device.last_seen_at),
            )
            for device in devices
        ],
    )
