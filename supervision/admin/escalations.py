"""What supervisors were told: nobody came, nobody was reached, an agent is silent (R16)."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai import clock
from perisai.models import Branch, Role, User
from retention.models import Escalation, EscalationReason, SettledAs
from retention.services.escalation import settle_escalation
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.filters import OpennessFilter, WordFilter
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, day, instant, link, masked, month, name_for
from supervision.admin.words import KINDS, Words, say
from supervision.admin.work import attempts_on

REASONS: Words = {
    EscalationReason.NO_ATTEMPT: gettext_lazy("belum ada kunjungan"),
    EscalationReason.FAILED_ATTEMPTS: gettext_lazy("tiga kali tidak bertemu siapa pun"),
    EscalationReason.SILENT_AGENT: gettext_lazy("agen tidak ada kabar"),
}
SETTLEMENTS: Words = {
    SettledAs.AGENT_SPOKEN_TO: gettext_lazy("agen sudah diajak bicara"),
    SettledAs.MEMBER_SPOKEN_TO: gettext_lazy("peserta sudah dihubungi"),
    SettledAs.VISIT_PLANNED: gettext_lazy("kunjungan sudah dijadwalkan"),
    SettledAs.HANDED_OVER: gettext_lazy("peserta dialihkan"),
    SettledAs.NOT_NEEDED: gettext_lazy("tidak perlu tindakan"),
}


class EscalationReasonFilter(WordFilter):
    """Escalations by what was told."""

    title = gettext_lazy("alasan")
    parameter_name = "reason"
    words = REASONS


class SettleForm(forms.Form):
    """What was done about it."""

    settled_as = forms.ChoiceField(
        label=gettext_lazy("Yang sudah dilakukan"), choices=list(SETTLEMENTS.items())
    )


class Settle(Act[Escalation]):
    """A person saw to it."""

    name = "settle"
    title: ClassVar[Promise] = gettext_lazy("Selesaikan")
    doers = frozenset({Role.SUPERVISOR})
    form = SettleForm
    explanation = gettext_lazy(
        "Tindak lanjutnya tetap terbuka sampai peserta membayar atau kepesertaannya ditutup."
    )

    def is_offered(self, record: Escalation | None, user: User) -> bool:
        """Once, also where a visit or a payment has ended it."""
        return record is not None and record.settled_at is None

    def carry_out(self, record: Escalation, asked: Asked) -> Done:
        """By whom and when is kept with it."""
        said = SettledAs(asked.data["settled_as"])
        settle_escalation(record.pk, said, by=asked.user, now=clock.now())
        return Done(message=_("Eskalasi diselesaikan."))


class EscalationAdmin(ScopedAdmin[Escalation]):
    """What a branch was told, with whether it still waits."""

    title = gettext_lazy("Eskalasi")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (Settle(),)
    list_filter = (OpennessFilter, EscalationReasonFilter)
    list_select_related = ("agent", "follow_up__member")

    def scoped(self, user: User) -> QuerySet[Escalation]:
        """Of the user's branch, or all, each with whether it is open now."""
        return Escalation.objects.visible_to(user).with_openness(as_of=clock.today())

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The name is whole for the branch's supervisor alone (R37)."""
        is_supervisor = getattr(request.user, "role", None) == Role.SUPERVISOR
        name = "whole_name" if is_supervisor else "masked_name"
        return ["raised", "reason_word", name, "agent_number", "begun", "state"]

    @admin.display(description=gettext_lazy("disampaikan"))
    def raised(self, escalation: Escalation) -> str:
        """On which day."""
        return day(escalation.raised_on)

    @admin.display(description=gettext_lazy("alasan"))
    def reason_word(self, escalation: Escalation) -> str:
        """What was told."""
        return say(REASONS, escalation.reason)

    @admin.display(description=gettext_lazy("peserta"))
    def whole_name(self, escalation: Escalation) -> str:
        """As registered; a silent agent is about many."""
        follow_up = escalation.follow_up
        return follow_up.member.full_name if follow_up else NOTHING

    @admin.display(description=gettext_lazy("peserta"))
    def masked_name(self, escalation: Escalation) -> str:
        """Initials."""
        follow_up = escalation.follow_up
        return masked("name", follow_up.member.full_name) if follow_up else NOTHING

    @admin.display(description=gettext_lazy("agen"))
    def agent_number(self, escalation: Escalation) -> str:
        """Who looked after it when it was told."""
        return escalation.agent.number if escalation.agent else NOTHING

    @admin.display(description=gettext_lazy("sejak"))
    def begun(self, escalation: Escalation) -> str:
        """Since when nobody came, was reached, or was heard of."""
        return day(escalation.since)

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, escalation: Escalation) -> SafeString:
        """Derived when read."""
        return state_badge(escalation)

    def called(self, record: Escalation, user: User) -> str:
        """By what was told, and when."""
        return f"{say(REASONS, record.reason)}, {day(record.raised_on)}"

    def detail(self, record: Escalation, user: User) -> Detail:
        """What was told, about whom, and what was done."""
        settled = record.settled_by.username if record.settled_by else NOTHING
        follow_up = record.follow_up
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("keadaan"), value=state_badge(record)),
                *_about(record, user),
                Fact(label=_("agen saat itu"), value=_agent_of(record)),
                Fact(label=_("sejak"), value=day(record.since)),
                Fact(label=_("disampaikan"), value=day(record.raised_on)),
                Fact(label=_("Kantor Cabang"), value=record.branch.name),
                Fact(label=_("yang dilakukan"), value=_settled_as(record)),
                Fact(label=_("diselesaikan oleh"), value=settled),
                Fact(label=_("diselesaikan"), value=instant(record.settled_at)),
            ],
            sections=[attempts_on(follow_up.member_id, user)] if follow_up else [],
        )


def state_badge(escalation: Escalation) -> SafeString:
    """Settled by a person, open, or over by itself: from the annotation `is_open`."""
    if escalation.settled_at is not None:
        return badge(_("diselesaikan"), "good")
    is_open: bool = getattr(escalation, "is_open", False)
    return badge(_("terbuka"), "bad") if is_open else badge(_("selesai"), "quiet")


def waiting_escalations(user: User, branch: Branch) -> list[Section]:
    """How many of each reason wait in a branch: for the first page; none: no section."""
    opened = Escalation.objects.visible_to(user).filter(branch=branch).open(as_of=clock.today())
    counted = dict(opened.values("reason").annotate(n=Count("pk")).values_list("reason", "n"))
    lists = reverse("admin:retention_escalation_changelist")
    rows = [
        (
            format_html('<a href="{}?reason={}">{}</a>', lists, reason, say(REASONS, reason)),
            counted[reason],
        )
        for reason in EscalationReason.values
        if reason in counted
    ]
    section = Section(
        title=_("Eskalasi yang menunggu"), columns=[_("alasan"), _("jumlah")], rows=rows
    )
    return [section] if rows else []


def _about(escalation: Escalation, user: User) -> list[Fact]:
    follow_up = escalation.follow_up
    if follow_up is None:
        return []
    member = follow_up.member
    kind = f"{say(KINDS, follow_up.kind)}, {month(follow_up.unpaid_since)}"
    return [
        Fact(label=_("peserta"), value=link(member, name_for(user, member.full_name))),
        Fact(label=_("tindak lanjut"), value=link(follow_up, kind)),
    ]


def _agent_of(escalation: Escalation) -> SafeString | str:
    agent = escalation.agent
    return link(agent, agent.number) if agent else NOTHING


def _settled_as(escalation: Escalation) -> str:
    return say(SETTLEMENTS, escalation.settled_as) if escalation.settled_as else NOTHING
