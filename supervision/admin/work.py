"""Follow-ups with their derived state, and the attempts made on them."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai.models import Role, User
from retention.models import FollowUp
from supervision.admin.filters import OpennessFilter
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, day, instant, link, masked, month, name_for
from supervision.admin.words import APPROACHES, CONTACTS, DECISIONS, KINDS, say
from supervision.services.scope import attempts_visible_to

ATTEMPTS_SHOWN = 20


class FollowUpAdmin(ScopedAdmin[FollowUp]):
    """What the sweep noted: open until a payment, a closing or a person ends it (R16)."""

    title = gettext_lazy("Tindak lanjut")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    list_filter = (OpennessFilter,)
    list_select_related = ("member", "member__agent")

    def scoped(self, user: User) -> QuerySet[FollowUp]:
        """Of the members that the user may see, each with whether it is open now."""
        return FollowUp.objects.visible_to(user).with_openness()

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The name is whole for the branch's supervisor alone (R37)."""
        is_supervisor = getattr(request.user, "role", None) == Role.SUPERVISOR
        name = "whole_name" if is_supervisor else "masked_name"
        return [name, "kind_word", "since", "opened", "agent_number", "state"]

    @admin.display(description=gettext_lazy("peserta"))
    def whole_name(self, follow_up: FollowUp) -> str:
        """As registered."""
        return follow_up.member.full_name

    @admin.display(description=gettext_lazy("peserta"))
    def masked_name(self, follow_up: FollowUp) -> str:
        """Initials."""
        return masked("name", follow_up.member.full_name)

    @admin.display(description=gettext_lazy("jenis"))
    def kind_word(self, follow_up: FollowUp) -> str:
        """Why."""
        return say(KINDS, follow_up.kind)

    @admin.display(description=gettext_lazy("belum dibayar sejak"))
    def since(self, follow_up: FollowUp) -> str:
        """The first unpaid month."""
        return month(follow_up.unpaid_since)

    @admin.display(description=gettext_lazy("dibuka"))
    def opened(self, follow_up: FollowUp) -> str:
        """The day of the sweep that found it."""
        return day(follow_up.opened_on)

    @admin.display(description=gettext_lazy("agen sekarang"))
    def agent_number(self, follow_up: FollowUp) -> str:
        """It counts for the member's present agent."""
        agent = follow_up.member.agent
        return agent.number if agent else NOTHING

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, follow_up: FollowUp) -> SafeString:
        """Derived when read."""
        return openness_badge(follow_up)

    def detail(self, record: FollowUp, user: User) -> Detail:
        """One follow-up with the attempts on its unpaid month."""
        member = record.member
        name = name_for(user, member.full_name)
        return Detail(
            title=f"{name}, {month(record.unpaid_since)}",
            facts=[
                Fact(label=_("peserta"), value=link(member, name)),
                Fact(label=_("jenis"), value=say(KINDS, record.kind)),
                Fact(label=_("belum dibayar sejak"), value=month(record.unpaid_since)),
                Fact(label=_("masa kepesertaan ke"), value=record.episode_no),
                Fact(label=_("dibuka"), value=day(record.opened_on)),
                Fact(label=_("keadaan"), value=openness_badge(record)),
                Fact(label=_("ditutup petugas"), value=day(record.closed_on)),
                Fact(
                    label=_("agen sekarang"),
                    value=link(member.agent, member.agent.number) if member.agent else NOTHING,
                ),
            ],
            sections=[attempts_on(record.member_id, user)],
        )


def openness_badge(follow_up: FollowUp) -> SafeString:
    """Open or done, from the annotation `is_open`."""
    is_open: bool = getattr(follow_up, "is_open", False)
    return badge(_("terbuka"), "warn") if is_open else badge(_("selesai"), "good")


def attempts_on(member_id: UUID, user: User) -> Section:
    """The newest attempts on a member, without their notes."""
    attempts = attempts_visible_to(user).filter(member=member_id).select_related("agent")
    return Section(
        title=_("Kunjungan"),
        columns=[
            _("waktu"),
            _("agen"),
            _("cara"),
            _("kontak"),
            _("hasil"),
            _("janji"),
            _("untuk bulan"),
        ],
        rows=[
            (
                instant(row.tried_at),
                row.agent.number,
                say(APPROACHES, row.channel),
                say(CONTACTS, row.contact),
                say(DECISIONS, row.decision) if row.decision else NOTHING,
                day(row.promise_on),
                month(row.unpaid_since),
            )
            for row in attempts.order_by("-tried_at", "-id")[:ATTEMPTS_SHOWN]
        ],
        note=_("%(most)s terakhir") % {"most": ATTEMPTS_SHOWN},
    )
