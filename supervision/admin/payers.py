"""Payers: groups, sponsors and budgets with their contracts, members and bills."""

from datetime import date
from typing import Final

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import Bill, Payer
from payments.rupiah import format_rupiah
from payments.tariff import PayerKind
from perisai import clock
from perisai.models import Role, User
from supervision.admin.history import history_of
from supervision.admin.money import bill_badge
from supervision.admin.payer_acts import (
    AddPayer,
    AskBridge,
    BillMembers,
    ChangePayer,
    NameMembers,
)
from supervision.admin.payer_contacts import SetContact, contact_facts
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import badge, column, day, instant, link

BILLS_SHOWN: Final = 20


class PayerAdmin(ScopedAdmin[Payer]):
    """The payers that a branch looks after."""

    title = gettext_lazy("Pembayar")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (
        AddPayer(),
        BillMembers(),
        NameMembers(),
        ChangePayer(),
        SetContact(),
        AskBridge(),
    )
    list_display = (
        column("name", gettext_lazy("nama")),
        "kind_word",
        "office_code",
        "many",
        "contract",
    )
    list_select_related = ("office",)

    def scoped(self, user: User) -> QuerySet[Payer]:
        """Of the user's branch, or all, each with the number of its members."""
        return Payer.objects.visible_to(user).annotate(many_members=Count("members"))

    @admin.display(description=gettext_lazy("jenis"))
    def kind_word(self, payer: Payer) -> str:
        """Group, sponsor or budget."""
        return str(PayerKind(payer.kind).label)

    @admin.display(description=gettext_lazy("kantor"))
    def office_code(self, payer: Payer) -> str:
        """Whose it is."""
        return payer.office.code

    @admin.display(description=gettext_lazy("peserta"))
    def many(self, payer: Payer) -> int:
        """Whom it pays for."""
        return int(getattr(payer, "many_members", 0))

    @admin.display(description=gettext_lazy("kontrak"))
    def contract(self, payer: Payer) -> SafeString:
        """Whether it runs."""
        return _badge(payer, clock.today())

    def called(self, record: Payer, user: User) -> str:
        """By name."""
        return record.name

    def detail(self, record: Payer, user: User) -> Detail:
        """One payer with its newest bills."""
        return Detail(
            title=record.name,
            facts=[
                Fact(label=_("jenis"), value=self.kind_word(record)),
                Fact(label=_("kantor"), value=link(record.office, record.office.name)),
                Fact(label=_("kontrak"), value=_badge(record, clock.today())),
                Fact(label=_("mulai"), value=day(record.contract_from)),
                Fact(label=_("sampai"), value=day(record.contract_to)),
                Fact(label=_("peserta"), value=self.many(record)),
                *contact_facts(record, user),
            ],
            sections=[_bills_of(record, user), history_of(record)],
        )


def _bills_of(payer: Payer, user: User) -> Section:
    bills = Bill.objects.visible_to(user).filter(payer=payer).prefetch_related("payments")
    return Section(
        title=_("Tagihan"),
        columns=[_("kode bayar"), _("judul"), _("peserta"), _("jumlah"), _("dibuat"), _("keadaan")],
        rows=[
            (
                link(bill, bill.code),
                bill.title,
                bill.member_count,
                format_rupiah(bill.payable),
                instant(bill.created_at),
                bill_badge(bill),
            )
            for bill in bills.order_by("-id")[:BILLS_SHOWN]
        ],
        note=_("paling banyak %(most)s baris") % {"most": BILLS_SHOWN},
    )


def _badge(payer: Payer, today: date) -> SafeString:
    if payer.contract_from > today:
        return badge(_("akan datang"), "quiet")
    if payer.contract_to is not None and payer.contract_to < today:
        return badge(_("berakhir"), "quiet")
    return badge(_("berlaku"), "good")
