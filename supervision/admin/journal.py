"""The ledger: entries with their lines, read-only, for who reads all money."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import EntryKind, JournalEntry
from payments.rupiah import format_rupiah
from perisai import clock
from perisai.models import Role, User
from supervision.admin.filters import WordFilter
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, day, instant, link
from supervision.admin.words import Words, say

ENTRY_KINDS: Final[Words] = {
    EntryKind.ACCEPT: gettext_lazy("pembayaran"),
    EntryKind.LATE_POST: gettext_lazy("pembayaran susulan"),
    EntryKind.REVERSAL: gettext_lazy("pembatalan"),
    EntryKind.SURPLUS: gettext_lazy("kelebihan ke saldo"),
    EntryKind.SUSPENSE: gettext_lazy("uang tak bertuan"),
    EntryKind.RELEASE: gettext_lazy("pelepasan"),
    EntryKind.DISCOUNT_CREDIT: gettext_lazy("saldo dari diskon"),
    EntryKind.MERGE: gettext_lazy("saldo data ganda"),
}
LINES_SHOWN: Final = 200


class EntryKindFilter(WordFilter):
    """Entries by what happened."""

    title = gettext_lazy("peristiwa")
    parameter_name = "kind"
    words = ENTRY_KINDS


class SettledFilter(SimpleListFilter):
    """Entries by settlement day."""

    title = gettext_lazy("tanggal rekonsiliasi")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Back from today."""
        return [
            ("today", gettext_lazy("hari ini")),
            ("week", gettext_lazy("tujuh hari terakhir")),
            ("month", gettext_lazy("bulan ini")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """From the chosen day on; an unknown choice chooses nothing."""
        if not self.value():
            return queryset
        since = _since(clock.today()).get(str(self.value()))
        return queryset.filter(settlement_date__gte=since) if since else queryset.none()


class JournalEntryAdmin(ScopedAdmin[JournalEntry]):
    """What happened to money, the newest first."""

    title = gettext_lazy("Jurnal")
    readers = frozenset({Role.FINANCE, Role.AUDITOR})
    list_display = ("number", "happened", "settled", "posted", "money")
    list_filter = (EntryKindFilter, SettledFilter)

    def scoped(self, user: User) -> QuerySet[JournalEntry]:
        """All: a ledger is read whole."""
        return JournalEntry.objects.visible_to(user).with_debits()

    @admin.display(description=gettext_lazy("nomor"))
    def number(self, entry: JournalEntry) -> int:
        """Its own."""
        return entry.pk

    @admin.display(description=gettext_lazy("peristiwa"))
    def happened(self, entry: JournalEntry) -> str:
        """What."""
        return say(ENTRY_KINDS, entry.kind)

    @admin.display(description=gettext_lazy("tanggal rekonsiliasi"))
    def settled(self, entry: JournalEntry) -> str:
        """The partner's day."""
        return day(entry.settlement_date)

    @admin.display(description=gettext_lazy("dibukukan"))
    def posted(self, entry: JournalEntry) -> str:
        """Our time."""
        return instant(entry.posted_at)

    @admin.display(description=gettext_lazy("jumlah"))
    def money(self, entry: Any) -> str:  # an entry with its debits
        """The debits, which are what the credits are."""
        return format_rupiah(entry.debits)

    def called(self, record: JournalEntry, user: User) -> str:
        """By its number."""
        return f"{_('Jurnal')} {record.pk}"

    def detail(self, record: JournalEntry, user: User) -> Detail:
        """One entry with its lines; members by id alone."""
        payment, reverses = record.payment, record.reverses
        receipt = link(payment, str(payment)) if payment else NOTHING
        mirrored = link(reverses, str(reverses.pk)) if reverses else NOTHING
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("peristiwa"), value=self.happened(record)),
                Fact(label=_("jumlah"), value=self.money(record)),
                Fact(label=_("tanggal rekonsiliasi"), value=day(record.settlement_date)),
                Fact(label=_("dibukukan"), value=instant(record.posted_at)),
                Fact(label=_("pelaku"), value=record.actor),
                Fact(label=_("referensi"), value=record.reference or NOTHING),
                Fact(label=_("pembayaran"), value=receipt),
                Fact(label=_("mencerminkan"), value=mirrored),
            ],
            sections=[_lines(record)],
        )


def _since(today: date) -> dict[str, date]:
    """The first day of each choice."""
    return {
        "today": today,
        "week": today - timedelta(days=6),
        "month": today.replace(day=1),
    }


def _lines(entry: JournalEntry) -> Section:
    found = entry.lines.select_related("account", "partner")
    return Section(
        title=_("Rincian"),
        columns=[_("rekening"), _("debit"), _("kredit"), _("mitra"), _("peserta")],
        rows=[
            (
                f"{line.account.code} {line.account.name}",
                format_rupiah(line.amount) if line.amount > 0 else NOTHING,
                format_rupiah(-line.amount) if line.amount < 0 else NOTHING,
                line.partner.code if line.partner else NOTHING,
                str(line.member_id or NOTHING),
            )
            for line in found.order_by("line_no")[:LINES_SHOWN]
        ],
        note=_("paling banyak %(most)s baris") % {"most": LINES_SHOWN},
    )
