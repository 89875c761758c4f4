"""Bills, and payments: read, and asked to be taken back."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Member
from payments.models import Bill, BillLine, CoverMonth, Payment
from payments.rupiah import format_rupiah
from payments.tariff import PayerKind
from perisai import clock
from perisai.models import Role, User
from supervision.admin.bill_acts import CANCEL_REASONS, CancelBill
from supervision.admin.binding import AskBinding, HeldFilter, held_facts
from supervision.admin.filters import ChannelFilter
from supervision.admin.papers import bill_papers, print_section, receipt_papers
from supervision.admin.reversals import AskReversal, reversal_facts
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import (
    NOTHING,
    badge,
    column,
    instant,
    link,
    month,
    name_for,
    yes_or_no,
)
from supervision.admin.words import CHANNELS, say

READERS = frozenset({Role.SUPERVISOR, Role.FINANCE, Role.NATIONAL, Role.AUDITOR})
LINES_SHOWN = 200


class BillAdmin(ScopedAdmin[Bill]):
    """Frozen quotes."""

    title = gettext_lazy("Tagihan")
    readers = READERS
    acts = (CancelBill(),)
    list_display = (
        column("code", gettext_lazy("kode bayar")),
        "title_shown",
        "members",
        "amount",
        "payer",
        "made",
        "state",
    )

    def scoped(self, user: User) -> QuerySet[Bill]:
        """Of members that the user may see; all for money roles."""
        return Bill.objects.visible_to(user).prefetch_related("payments")

    @admin.display(description=gettext_lazy("judul"))
    def title_shown(self, bill: Bill) -> str:
        """What the payer calls it."""
        return bill.title or NOTHING

    @admin.display(description=gettext_lazy("peserta"))
    def members(self, bill: Bill) -> int:
        """How many."""
        return bill.member_count

    @admin.display(description=gettext_lazy("jumlah"))
    def amount(self, bill: Bill) -> str:
        """To pay, without fee."""
        return format_rupiah(bill.payable)

    @admin.display(description=gettext_lazy("pembayar"))
    def payer(self, bill: Bill) -> str:
        """Who pays."""
        return str(PayerKind(bill.payer_kind).label)

    @admin.display(description=gettext_lazy("dibuat"))
    def made(self, bill: Bill) -> str:
        """When."""
        return instant(bill.created_at)

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, bill: Bill) -> SafeString:
        """Paid, cancelled, expired or open: derived."""
        return bill_badge(bill)

    def detail(self, record: Bill, user: User) -> Detail:
        """One quote with those of its lines that the user may see."""
        lines = BillLine.objects.filter(bill=record)
        return Detail(
            title=record.code,
            facts=[
                Fact(label=_("keadaan"), value=bill_badge(record)),
                Fact(label=_("jumlah iuran"), value=format_rupiah(record.total)),
                Fact(label=_("dari saldo peserta"), value=format_rupiah(record.credit)),
                Fact(label=_("harus dibayar"), value=format_rupiah(record.payable)),
                *_about(record, user),
                *bill_papers(record, user),
            ],
            sections=[lines_section(scoped_lines(lines, user), user)],
        )


class PaymentAdmin(ScopedAdmin[Payment]):
    """Money that was taken."""

    title = gettext_lazy("Pembayaran")
    readers = READERS
    acts = (AskReversal(), AskBinding())
    list_display = (
        column("receipt_no", gettext_lazy("no. struk")),
        "posted",
        "money",
        "channel_word",
        "counter",
        "state",
    )
    list_filter = (ChannelFilter, HeldFilter)
    list_select_related = ("outlet", "partner", "reservation")

    def scoped(self, user: User) -> QuerySet[Payment]:
        """Of members that the user may see; all for money roles."""
        return Payment.objects.visible_to(user)

    @admin.display(description=gettext_lazy("dibukukan"))
    def posted(self, payment: Payment) -> str:
        """Our time."""
        return instant(payment.posted_at)

    @admin.display(description=gettext_lazy("jumlah"))
    def money(self, payment: Payment) -> str:
        """Without fee."""
        return format_rupiah(payment.amount)

    @admin.display(description=gettext_lazy("saluran"))
    def channel_word(self, payment: Payment) -> str:
        """The way it came."""
        return say(CHANNELS, payment.channel)

    @admin.display(description=gettext_lazy("loket"))
    def counter(self, payment: Payment) -> str:
        """Where it was taken."""
        return payment.outlet.name if payment.outlet else NOTHING

    @admin.display(description=gettext_lazy("keadaan"))
    def state(self, payment: Payment) -> SafeString:
        """Booked or reversed."""
        return payment_badge(payment)

    def detail(self, record: Payment, user: User) -> Detail:
        """One payment with those of its months that the user may see."""
        months = CoverMonth.objects.filter(payment=record)
        partner = record.partner
        return Detail(
            title=record.receipt_no,
            facts=[
                Fact(label=_("keadaan"), value=payment_badge(record)),
                Fact(label=_("jumlah"), value=format_rupiah(record.amount)),
                Fact(label=_("biaya loket"), value=format_rupiah(record.fee)),
                Fact(label=_("tagihan"), value=_bill_or_code(record)),
                Fact(label=_("saluran"), value=say(CHANNELS, record.channel)),
                Fact(label=_("mitra"), value=partner.name if partner else NOTHING),
                Fact(label=_("loket"), value=self.counter(record)),
                Fact(label=_("dibayar"), value=instant(record.paid_at)),
                Fact(label=_("dibukukan"), value=instant(record.posted_at)),
                Fact(label=_("dibatalkan"), value=instant(record.reversed_at)),
                *held_facts(record),
                *reversal_facts(record),
                *receipt_papers(record, user),
            ],
            sections=[lines_section(scoped_lines(months, user), user), print_section(record)],
        )


def _about(bill: Bill, user: User) -> list[Fact]:
    """Whose it is, how long it holds, and how it ended."""
    may_open = bill.payer is not None and user.role != Role.FINANCE
    payer = link(bill.payer, bill.payer.name) if bill.payer and may_open else NOTHING
    return [
        Fact(label=_("judul"), value=bill.title or NOTHING),
        Fact(label=_("jenis pembayar"), value=PayerKind(bill.payer_kind).label),
        Fact(label=_("pembayar"), value=payer),
        Fact(label=_("peserta"), value=bill.member_count),
        Fact(label=_("melanjutkan masa kepesertaan"), value=yes_or_no(bill.bridge_id)),
        Fact(label=_("dibuat"), value=instant(bill.created_at)),
        Fact(label=_("berlaku sampai"), value=instant(bill.expires_at)),
        Fact(label=_("dibatalkan"), value=instant(bill.cancelled_at)),
        Fact(label=_("alasan"), value=say(CANCEL_REASONS, bill.cancel_reason) or NOTHING),
    ]


def _bill_or_code(payment: Payment) -> SafeString | str:
    """What it was paid for."""
    bill = payment.bill
    return link(bill, bill.code) if bill else str(payment.reservation_id)


def bill_badge(bill: Bill) -> SafeString:
    """Derived from its payment, its cancelling and its time."""
    if any(payment.reversed_at is None for payment in bill.payments.all()):
        return badge(_("lunas"), "good")
    if bill.cancelled_at is not None:
        return badge(_("dibatalkan"), "quiet")
    if bill.is_expired(clock.now()):
        return badge(_("kedaluwarsa"), "quiet")
    return badge(_("terbuka"), "warn")


def payment_badge(payment: Payment) -> SafeString:
    """Booked, kept for a code, the member's credit, or reversed."""
    if payment.reversed_at is not None:
        return badge(_("dibatalkan"), "bad")
    if payment.bill_id is None:
        code = payment.reservation
        is_credit = code is not None and code.bound_at is not None
        return badge(_("saldo peserta"), "good") if is_credit else badge(_("titipan"), "warn")
    return badge(_("dibukukan"), "good")


def scoped_lines(
    lines: "QuerySet[BillLine] | QuerySet[CoverMonth]", user: User
) -> Iterable[BillLine | CoverMonth]:
    """Member-months of members that the user may see; money roles see all, without names.

    A collective bill can hold members of several branches.
    """
    rows = lines.select_related("member").order_by("member_id", "month")
    if user.role == Role.SUPERVISOR:
        rows = rows.filter(member__in=Member.objects.visible_to(user))
    return rows[:LINES_SHOWN]


def lines_section(lines: Iterable[BillLine | CoverMonth], user: User) -> Section:
    """A table of member-months."""
    return Section(
        title=_("Rincian"),
        columns=[_("peserta"), _("bulan"), "JKK", "JKM", "JHT", _("saldo")],
        rows=[
            (
                _member(line.member, user),
                month(line.month),
                format_rupiah(line.jkk),
                format_rupiah(line.jkm),
                format_rupiah(line.jht),
                format_rupiah(line.credit),
            )
            for line in lines
        ],
        note=_("paling banyak %(most)s baris") % {"most": LINES_SHOWN},
    )


def _member(member: Member, user: User) -> str:
    """A link with the name; for finance the id alone."""
    if user.role == Role.FINANCE:
        return str(member.pk)
    return link(member, name_for(user, member.full_name))
