"""Members: masked, with what they do, agreed to, paid, and where their cover stands."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from enrollment.cover import cover_case, lapses_on
from enrollment.models import Consent, Member, MemberOccupation, Occupation, unrestricted
from enrollment.services.cover_days import cover_day
from enrollment.services.members import missing_of
from payments.models import CoverMonth, Payer
from payments.rupiah import format_rupiah
from payments.services.payers import with_payer
from payments.tariff import PayerKind
from perisai import clock
from perisai.models import Role, User
from supervision.admin.bill_acts import MakeBill
from supervision.admin.filters import CoverStateFilter, EcosystemFilter
from supervision.admin.hand_overs import GiveMember
from supervision.admin.member_closing import CloseMember, ReopenMember
from supervision.admin.member_correction import CORRECTIONS
from supervision.admin.member_files import ShowFile, files_of
from supervision.admin.member_history import changes_of, heirs_shown, quality_of
from supervision.admin.member_search import FindMember
from supervision.admin.payer_acts import NamePayer, ReleaseMember
from supervision.admin.reminders import reminders_of
from supervision.admin.reveals import Reveal, reveals_of
from supervision.admin.scoped import Detail, Fact, KeysetLines, ScopedAdmin, Section
from supervision.admin.showing import (
    NOTHING,
    badge,
    cover_badge,
    day,
    instant,
    link,
    masked,
    month,
    name_for,
    yes_or_no,
)
from supervision.admin.subject_acts import TakeIn
from supervision.admin.subject_requests import requests_of
from supervision.admin.words import ECOSYSTEMS, METHODS, PURPOSES, say
from supervision.admin.work import attempts_on

MONTHS_SHOWN = 24
COLUMNS = ("nik_shown", "phone_shown", "village_name", "agent_number", "cover", "through")


class ListedMembers(KeysetLines):
    """Whose data are restricted stand in no list; their own page stays (R36)."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        """The list's rows without them."""
        return super().get_queryset(request, exclude_parameters).filter(unrestricted())


class MemberAdmin(ScopedAdmin[Member]):
    """The members that a branch answers for."""

    title = gettext_lazy("Peserta")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (
        *(FindMember(), Reveal(), ShowFile(), *CORRECTIONS, GiveMember()),
        *(MakeBill(), NamePayer(), ReleaseMember()),
        *(TakeIn(), ReopenMember(), CloseMember()),
    )
    list_filter = (CoverStateFilter, EcosystemFilter)
    list_select_related = ("agent", "village")

    def scoped(self, user: User) -> QuerySet[Member]:
        """The user's branch, or all, each with its cover state today."""
        today = cover_day(clock.today())
        members = Member.objects.visible_to(user).select_related("branch", "village", "agent")
        members = members.annotate(cover_state=cover_case(today))
        return with_payer(members, on=today.as_of)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListedMembers]:
        """The list leaves out whose data are restricted."""
        return ListedMembers

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The name is whole for the branch's supervisor alone (R37)."""
        is_supervisor = getattr(request.user, "role", None) == Role.SUPERVISOR
        name = "whole_name" if is_supervisor else "masked_name"
        return [name, *COLUMNS]

    @admin.display(description=gettext_lazy("nama"))
    def whole_name(self, member: Member) -> str:
        """As registered."""
        return member.full_name

    @admin.display(description=gettext_lazy("nama"))
    def masked_name(self, member: Member) -> str:
        """Initials."""
        return masked("name", member.full_name)

    @admin.display(description=gettext_lazy("NIK"))
    def nik_shown(self, member: Member) -> str:
        """Masked."""
        return masked("nik", member.nik)

    @admin.display(description=gettext_lazy("telepon"))
    def phone_shown(self, member: Member) -> str:
        """Masked."""
        return masked("phone", member.phone)

    @admin.display(description=gettext_lazy("desa/kelurahan"))
    def village_name(self, member: Member) -> str:
        """Where the member lives."""
        return member.village.name if member.village else NOTHING

    @admin.display(description=gettext_lazy("agen"))
    def agent_number(self, member: Member) -> str:
        """Who looks after the member."""
        return member.agent.number if member.agent else NOTHING

    @admin.display(description=gettext_lazy("perlindungan"))
    def cover(self, member: Member) -> SafeString:
        """The state today."""
        return cover_badge(str(getattr(member, "cover_state", "")))

    @admin.display(description=gettext_lazy("lunas sampai"))
    def through(self, member: Member) -> str:
        """The last paid month."""
        return month(member.paid_through)

    def called(self, record: Member, user: User) -> str:
        """By name."""
        return name_for(user, record.full_name)

    def detail(self, record: Member, user: User) -> Detail:
        """Everything that may be read of one member."""
        return Detail(
            title=self.called(record, user),
            facts=[*_identity(record), *_standing(record)],
            sections=[
                _occupations_of(record),
                _months_of(record),
                attempts_on(record.pk, user),
                reminders_of(record),
                heirs_shown(record, user),
                _consents_of(record),
                files_of(record, user),
                changes_of(record),
                requests_of(record),
                reveals_of(record, user),
            ],
        )


def _identity(member: Member) -> list[Fact]:
    village = member.village
    return [
        Fact(label=_("NIK"), value=masked("nik", member.nik)),
        Fact(label=_("KPJ"), value=masked("kpj", member.kpj)),
        Fact(label=_("KPJ sementara"), value=yes_or_no(member.kpj_provisional)),
        Fact(label=_("telepon"), value=masked("phone", member.phone)),
        Fact(label=_("tahun lahir"), value=member.birth_date.year),
        Fact(label=_("desa/kelurahan"), value=village.name if village else NOTHING),
        Fact(
            label=_("agen"),
            value=link(member.agent, member.agent.number) if member.agent else NOTHING,
        ),
    ]


def _standing(member: Any) -> list[Fact]:  # a Member with its cover state
    missing = missing_of(member)
    lapse_after = settings.COVER_LAPSE_AFTER_ENDED_MONTHS
    return [
        Fact(label=_("perlindungan"), value=cover_badge(member.cover_state)),
        Fact(label=_("lunas sampai"), value=month(member.paid_through)),
        Fact(
            label=_("tidak aktif mulai"),
            value=day(lapses_on(member.paid_through, lapse_after=lapse_after)),
        ),
        Fact(label=_("masa kepesertaan ke"), value=member.episode_no or NOTHING),
        Fact(label=_("terdaftar"), value=day(member.registered_on)),
        Fact(label=_("pembayar"), value=_payer_of(member)),
        Fact(
            label=_("data"),
            value=badge(_("belum lengkap"), "warn") if missing else badge(_("lengkap"), "good"),
        ),
        Fact(label=_("mutu data"), value=quality_of(member)),
        Fact(label=_("ditutup"), value=day(member.closed_on)),
    ]


def _payer_of(member: Any) -> str:  # a Member with the annotations of `with_payer`
    """Who is named, while the contract runs."""
    if member.paying_name is None:
        return str(PayerKind.SELF.label)
    return link(Payer(pk=member.named_payer), member.paying_name)


def _occupations_of(member: Member) -> Section:
    named = MemberOccupation.objects.filter(member=member).select_related("occupation")
    return Section(
        title=_("Pekerjaan"),
        columns=[_("pekerjaan"), _("ekosistem"), _("utama")],
        rows=[
            (
                _name_of(row.occupation),
                say(ECOSYSTEMS, row.occupation.ecosystem),
                yes_or_no(row.is_main),
            )
            for row in named.order_by("-is_main", "occupation")
        ],
    )


def _name_of(occupation: Occupation) -> str:
    return occupation.name_en if get_language() == "en" else occupation.name_id


def _months_of(member: Member) -> Section:
    months = (
        CoverMonth.objects.filter(member=member)
        .select_related("payment")
        .order_by("-month", "-id")[:MONTHS_SHOWN]
    )
    return Section(
        title=_("Bulan iuran"),
        columns=[_("bulan"), _("iuran"), _("pembayaran"), _("masa ke"), _("dibatalkan")],
        rows=[
            (
                month(row.month),
                format_rupiah(row.jkk + row.jkm + row.jht),
                link(row.payment, row.payment.receipt_no),
                row.episode_no,
                instant(row.reversed_at),
            )
            for row in months
        ],
        note=_("%(most)s bulan terakhir") % {"most": MONTHS_SHOWN},
    )


def _consents_of(member: Member) -> Section:
    consents = Consent.objects.filter(member=member).order_by("-given_at")
    return Section(
        title=_("Persetujuan"),
        columns=[_("diberikan"), _("untuk"), _("teks"), _("cara")],
        rows=[
            (
                instant(row.given_at),
                ", ".join(say(PURPOSES, purpose) for purpose in row.purposes),
                row.text_version_id,
                say(METHODS, row.method),
            )
            for row in consents.defer("witness")
        ],
    )
