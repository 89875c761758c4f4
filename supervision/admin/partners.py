"""Payment partners: what was agreed, what stands between us, and the switch that closes one."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.utils.formats import time_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import PartnerChangeKind, PaymentPartner, PostAgent
from payments.rupiah import format_rupiah
from payments.services.partner_changes import PartnerDraft, close_partner, propose_partner_change
from payments.services.partner_figures import PartnerFigures, partner_figures
from perisai import clock
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.agent_acts import decision_of
from supervision.admin.history import history_of
from supervision.admin.partner_forms import (
    CounterForm,
    OwnLoginForm,
    PartnerForm,
    TermsForm,
    terms_of,
    with_branches,
)
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, column, link

NATIONAL: Final = frozenset({Role.NATIONAL})
COUNTERS_SHOWN: Final = 100
WAITS: Final = gettext_lazy("Usulan dicatat dan menunggu orang kedua.")
SECOND: Final = gettext_lazy("Berlaku setelah disetujui oleh orang kedua di kantor pusat.")


class ProposePartner(Act[PaymentPartner]):
    """A new partner."""

    name = "propose"
    title = gettext_lazy("Usulkan mitra baru")
    explanation = SECOND
    doers = NATIONAL
    needs_step_up = True
    is_for_list = True
    form = PartnerForm

    def carry_out(self, record: PaymentPartner | None, asked: Asked) -> Done:
        """Propose it."""
        draft = PartnerDraft(kind=PartnerChangeKind.NEW_PARTNER, **asked.data)
        propose_partner_change(draft, by=asked.user)
        return Done(message=WAITS)


class ProposeTerms(Act[PaymentPartner]):
    """Another name, fee or cut-off."""

    name = "terms"
    title = gettext_lazy("Usulkan nama, biaya, atau batas hari")
    explanation = SECOND
    doers = NATIONAL
    needs_step_up = True

    def make_form(self, record: PaymentPartner | None, user: User, *sent: Any) -> forms.Form:
        """With what holds now."""
        form = TermsForm(*sent)
        form.initial = terms_of(record) if record else {}
        return form

    def carry_out(self, record: PaymentPartner, asked: Asked) -> Done:
        """Propose it."""
        draft = PartnerDraft(kind=PartnerChangeKind.TERMS, partner=record, **asked.data)
        propose_partner_change(draft, by=asked.user)
        return Done(message=WAITS)


class ProposeCounter(Act[PaymentPartner]):
    """A new counter of the partner, with its login."""

    name = "counter"
    title = gettext_lazy("Usulkan loket baru")
    explanation = gettext_lazy(
        "Orang kedua di kantor pusat menyetujuinya dan menerima kata sandi pertamanya."
    )
    doers = NATIONAL
    needs_step_up = True

    def make_form(self, record: PaymentPartner | None, user: User, *sent: Any) -> forms.Form:
        """With the branches."""
        return with_branches(CounterForm(*sent), user)

    def carry_out(self, record: PaymentPartner, asked: Asked) -> Done:
        """Propose it."""
        draft = PartnerDraft(kind=PartnerChangeKind.NEW_COUNTER, partner=record, **asked.data)
        propose_partner_change(draft, by=asked.user)
        return Done(message=WAITS)


class ProposeLogin(Act[PaymentPartner]):
    """The partner's own login."""

    name = "login"
    title = gettext_lazy("Usulkan akun mitra")
    explanation = gettext_lazy(
        "Akun ini membaca pembayaran semua loket mitra dan tidak menerima uang. Orang kedua di"
        " kantor pusat menyetujuinya dan menerima kata sandi pertamanya."
    )
    doers = NATIONAL
    needs_step_up = True
    form = OwnLoginForm

    def is_offered(self, record: PaymentPartner | None, user: User) -> bool:
        """While it has none."""
        return record is not None and not record.outlets.own().exists()

    def carry_out(self, record: PaymentPartner, asked: Asked) -> Done:
        """Propose it."""
        draft = PartnerDraft(kind=PartnerChangeKind.NEW_LOGIN, partner=record, **asked.data)
        propose_partner_change(draft, by=asked.user)
        return Done(message=WAITS)


class ClosePartner(Act[PaymentPartner]):
    """The kill switch: one person, at once."""

    name = "close"
    title = gettext_lazy("Tutup mitra sekarang")
    explanation = gettext_lazy(
        "Seketika semua loketnya tidak dapat memeriksa atau membayar, dan sesinya berakhir."
        " Membukanya lagi memerlukan dua orang."
    )
    doers = NATIONAL
    needs_step_up = True
    is_grave = True
    form = ReasonForm

    def is_offered(self, record: PaymentPartner | None, user: User) -> bool:
        """While it is open."""
        return record is not None and record.is_active

    def carry_out(self, record: PaymentPartner, asked: Asked) -> Done:
        """Close it."""
        close_partner(record, decision_of(asked))
        return Done(message=_("Mitra ditutup."))


class ProposeOpening(Act[PaymentPartner]):
    """A closed partner back."""

    name = "open"
    title = gettext_lazy("Usulkan mitra dibuka lagi")
    explanation = SECOND
    doers = NATIONAL
    needs_step_up = True
    form = ReasonForm

    def is_offered(self, record: PaymentPartner | None, user: User) -> bool:
        """While it is closed."""
        return record is not None and not record.is_active

    def carry_out(self, record: PaymentPartner, asked: Asked) -> Done:
        """Propose it."""
        draft = PartnerDraft(kind=PartnerChangeKind.OPEN_PARTNER, partner=record, **asked.data)
        propose_partner_change(draft, by=asked.user)
        return Done(message=WAITS)


class PartnerAdmin(ScopedAdmin[PaymentPartner]):
    """Institutions that take money for us."""

    title = gettext_lazy("Mitra pembayaran")
    readers = frozenset({Role.FINANCE, Role.NATIONAL, Role.AUDITOR})
    acts = (
        ProposePartner(),
        ProposeCounter(),
        ProposeLogin(),
        ProposeTerms(),
        ProposeOpening(),
        ClosePartner(),
    )
    keyset = ("code",)
    list_display = (
        column("code", gettext_lazy("kode")),
        column("name", gettext_lazy("nama")),
        "fee",
        "cutoff",
        "counters",
        "state",
    )

    def scoped(self, user: User) -> QuerySet[PaymentPartner]:
        """All, for who reads all money."""
        open_ones = Count("outlets", filter=Q(outlets__is_active=True))
        return PaymentPartner.objects.visible_to(user).annotate(open_counters=open_ones)

    @admin.display(description=gettext_lazy("biaya loket"))
    def fee(self, partner: PaymentPartner) -> str:
        """On top of the contribution."""
        return format_rupiah(partner.admin_fee)

    @admin.display(description=gettext_lazy("batas hari"))
    def cutoff(self, partner: PaymentPartner) -> str:
        """In official time."""
        return time_format(partner.cutoff_time, "H.i")

    @admin.display(description=gettext_lazy("loket buka"))
    def counters(self, partner: Any) -> int:  # a partner with its count
        """How many are switched on."""
        return int(partner.open_counters)

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, partner: PaymentPartner) -> SafeString:
        """Open or closed."""
        return open_badge(is_open=partner.is_active)

    def called(self, record: PaymentPartner, user: User) -> str:
        """By its name."""
        return record.name

    def detail(self, record: PaymentPartner, user: User) -> Detail:
        """What was agreed, balances, the day, counters and what was changed."""
        figures = partner_figures(record, day=clock.today())
        return Detail(
            title=record.name,
            facts=[
                Fact(label=_("kode"), value=record.code),
                Fact(label=_("keadaan"), value=self.state(record)),
                Fact(label=_("biaya loket"), value=self.fee(record)),
                Fact(label=_("batas hari"), value=self.cutoff(record)),
                Fact(label=_("piutang (1100)"), value=format_rupiah(figures.receivable)),
                Fact(label=_("titipan (2300)"), value=format_rupiah(figures.suspense)),
            ],
            sections=[_today(figures), _counters_of(record), history_of(record)],
        )


def open_badge(*, is_open: bool) -> SafeString:
    """Whether money is taken there."""
    return badge(_("buka"), "good") if is_open else badge(_("tutup"), "bad")


def _today(figures: PartnerFigures) -> Section:
    lines = ((_("dibukukan"), figures.paid), (_("dibatalkan"), figures.reversed))
    return Section(
        title=_("Hari ini"),
        columns=[_("hal"), _("pembayaran"), _("jumlah"), _("biaya loket")],
        rows=[
            (word, taken.count, format_rupiah(taken.rupiah), format_rupiah(taken.fee))
            for word, taken in lines
        ],
    )


def _counters_of(partner: PaymentPartner) -> Section:
    outlets = PostAgent.objects.filter(partner=partner).select_related("branch")
    return Section(
        title=_("Loket"),
        columns=[_("kode"), _("nama"), _("kantor cabang"), _("keadaan")],
        rows=[
            (
                link(outlet, outlet.outlet_code or _("akun mitra")),
                outlet.name,
                outlet.branch.name if outlet.branch else NOTHING,
                open_badge(is_open=outlet.is_active),
            )
            for outlet in outlets.order_by("outlet_code")[:COUNTERS_SHOWN]
        ],
        note=_("paling banyak %(most)s baris") % {"most": COUNTERS_SHOWN},
    )
