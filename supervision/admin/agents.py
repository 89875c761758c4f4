"""Agents, with their villages and devices."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
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
    Role,
    User,
)
from retention.services.idle_agents import with_activity
from supervision.admin.agent_acts import (
    Appoint,
    End,
    Move,
    NameMembership,
    Reinstate,
    Suspend,
    Villages,
)
from supervision.admin.agent_reviews import (
    Deactivate,
    EndForFraud,
    IdleFilter,
    Keep,
    idle_badge,
    reviews_of,
    warned_in,
)
from supervision.admin.devices import device_badge, unsent_of
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
)
from supervision.admin.words import PLATFORMS, Words, say
from supervision.services.agent_reviews import with_reviews
from supervision.services.sync_health import with_sync

READERS = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
TONES = {AgentState.ACTIVE: "good", AgentState.SUSPENDED: "warn", AgentState.ENDED: "quiet"}
STATES: Words = {
    AgentState.ACTIVE: gettext_lazy("aktif"),
    AgentState.SUSPENDED: gettext_lazy("ditangguhkan"),
    AgentState.ENDED: gettext_lazy("berakhir"),
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
LAST_EVENTS = 20


class AgentStateFilter(WordFilter):
    """Agents by whether they work."""

    title = gettext_lazy("status")
    parameter_name = "state"
    words = STATES


def agent_badge(state: str) -> SafeString:
    """Whether an agent works."""
    known = AgentState(state)
    return badge(STATES[known], TONES[known])


class AgentAdmin(ScopedAdmin[Agent]):
    """The agents of the offices that a branch looks after."""

    title = gettext_lazy("Agen")
    readers = READERS
    acts = (
        *(Appoint(), Villages(), Move(), NameMembership(), GiveCare(), DealAgent()),
        *(Keep(), Deactivate(), Suspend(), Reinstate(), End(), EndForFraud()),
    )
    keyset = ("number",)
    list_display = (
        column("number", gettext_lazy("nomor")),
        "office_name",
        "state_badge",
        "appointed",
        "without_result",
    )
    list_filter = (AgentStateFilter, IdleFilter)
    search_fields = ("number__istartswith",)
    search_help_text = gettext_lazy("Awal nomor agen, misalnya PRS-1671")
    list_select_related = ("office",)

    def scoped(self, user: User) -> QuerySet[Agent]:
        """The user's branch, or all, with the last result and whether it was reviewed."""
        today = clock.today()
        return with_reviews(with_activity(Agent.objects.visible_to(user), as_of=today), as_of=today)

    @admin.display(description=gettext_lazy("tanpa hasil"))
    def without_result(self, agent: Agent) -> SafeString | str:
        """For how many full months (R31)."""
        return idle_badge(agent)

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
                Fact(label=_("tanpa hasil"), value=idle_badge(record)),
                Fact(label=_("peringatan terakhir"), value=warned_in(record)),
            ],
            sections=[
                _villages_of(record),
                _devices_of(record),
                reviews_of(record),
                _events_of(record, user),
                history_of(record),
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
    devices: Any = with_sync(Device.objects.filter(agent=agent)).order_by("-id")
    return Section(
        title=_("Perangkat"),
        columns=[
            *(_("perangkat"), _("versi"), _("status"), _("kirim terakhir")),
            *(_("ambil terakhir"), _("belum terkirim")),
        ],
        rows=[
            (
                link(device, device.model or say(PLATFORMS, device.platform)),
                device.app_version,
                device_badge(device.state),
                instant(device.last_push_at),
                instant(device.last_pull_at),
                unsent_of(device),
            )
            for device in devices
        ],
    )
