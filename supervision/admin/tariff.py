"""What a month costs and when it is due: dated rows, whether prices came from them, proposals."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.programmes import Programme
from payments.models import (
    CreditRun,
    Discount,
    DiscountSector,
    Holiday,
    ProgrammeRate,
    TariffBracket,
    TariffChangeKind,
    TariffProposal,
)
from payments.rupiah import format_rupiah
from payments.services.credit_runs import run_of
from payments.services.holidays import known_holidays
from payments.services.price_cuts import rate_code, table_code
from payments.services.tariff_use import (
    brackets_with_use,
    discounts_with_use,
    rates_with_use,
    table_from,
)
from payments.tariff import PayerKind, Sector
from perisai.models import Role, User
from supervision.admin.history import history_of
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, column, day, instant, month, yes_or_no
from supervision.admin.tariff_acts import (
    ConfirmProposal,
    ProposeDay,
    ProposeDiscount,
    ProposeHolidays,
    ProposeNoDay,
    ProposeRate,
    ProposeTable,
    ProposeWithdrawal,
    RefuseProposal,
)
from supervision.admin.tariff_forms import HOLIDAY_BASES, HOLIDAY_KINDS
from supervision.admin.tariff_words import proposed_facts, proposed_rows
from supervision.admin.users import DECISIONS, TONES
from supervision.admin.words import Words, say

READERS: Final = frozenset({Role.SUPERVISOR, Role.FINANCE, Role.NATIONAL, Role.AUDITOR})
KINDS: Final[Words] = {
    TariffChangeKind.BRACKETS: gettext_lazy("tabel lapisan"),
    TariffChangeKind.RATE: gettext_lazy("tarif program"),
    TariffChangeKind.DISCOUNT: gettext_lazy("diskon"),
    TariffChangeKind.WITHDRAWAL: gettext_lazy("penarikan"),
    TariffChangeKind.HOLIDAYS: gettext_lazy("hari libur"),
}


def use_badge(row: Any) -> SafeString:
    """Whether a price came from a row with `is_used`."""
    return badge(_("dipakai"), "good") if row.is_used else badge(_("belum dipakai"), "quiet")


class TariffBracketAdmin(ScopedAdmin[TariffBracket]):
    """Brackets, newest table first."""

    title = gettext_lazy("Lapisan tarif")
    readers = READERS
    acts = (ProposeTable(), ProposeWithdrawal())
    keyset = ("-valid_from", "min_income", "id")
    list_display = ("starts", "lowest", "base", "checked", "used")

    def scoped(self, user: User) -> QuerySet[TariffBracket]:
        """All: the tariff is the law's."""
        return brackets_with_use()

    @admin.display(description=gettext_lazy("mulai bulan"))
    def starts(self, row: TariffBracket) -> str:
        """Its table's first month."""
        return month(row.valid_from)

    @admin.display(description=gettext_lazy("penghasilan dari"))
    def lowest(self, row: TariffBracket) -> str:
        """The lowest income of the bracket."""
        return format_rupiah(row.min_income)

    @admin.display(description=gettext_lazy("dasar upah"))
    def base(self, row: TariffBracket) -> str:
        """What rates apply to."""
        return format_rupiah(row.base_income)

    @admin.display(description=gettext_lazy("dicocokkan dengan lampiran"))
    def checked(self, row: TariffBracket) -> str:
        """Compared with the annex of the law."""
        return yes_or_no(row.verified)

    @admin.display(description=gettext_lazy("pemakaian"))
    def used(self, row: TariffBracket) -> SafeString:
        """Whether a bill was priced since its table is there."""
        return use_badge(row)

    def called(self, record: TariffBracket, user: User) -> str:
        """By its start and its lowest income."""
        return f"{month(record.valid_from)}, {format_rupiah(record.min_income)}"

    def detail(self, record: TariffBracket, user: User) -> Detail:
        """One bracket with its whole table."""
        table = table_from(record.valid_from)
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("mulai bulan"), value=month(record.valid_from)),
                Fact(label=_("penghasilan dari"), value=format_rupiah(record.min_income)),
                Fact(label=_("dasar upah"), value=format_rupiah(record.base_income)),
                Fact(label=_("dicocokkan dengan lampiran"), value=yes_or_no(record.verified)),
                Fact(label=_("dasar hukum"), value=record.source or NOTHING),
                *_standing(record),
            ],
            sections=[
                Section(
                    title=_("Tabel"),
                    columns=[_("penghasilan dari"), _("dasar upah")],
                    rows=[
                        (format_rupiah(row.min_income), format_rupiah(row.base_income))
                        for row in table
                    ],
                ),
                *_credit_by(table_code(record.valid_from)),
                history_of(record),
            ],
        )


class ProgrammeRateAdmin(ScopedAdmin[ProgrammeRate]):
    """Rates, newest first."""

    title = gettext_lazy("Tarif program")
    readers = READERS
    acts = (ProposeRate(), ProposeWithdrawal())
    keyset = ("-valid_from", "programme")
    list_display = (column("programme", gettext_lazy("program")), "starts", "amount", "used")

    def scoped(self, user: User) -> QuerySet[ProgrammeRate]:
        """All."""
        return rates_with_use()

    @admin.display(description=gettext_lazy("mulai bulan"))
    def starts(self, row: ProgrammeRate) -> str:
        """Its first month."""
        return month(row.valid_from)

    @admin.display(description=gettext_lazy("tarif"))
    def amount(self, row: ProgrammeRate) -> str:
        """Percent of the base, or flat."""
        if row.flat_amount is not None:
            return format_rupiah(row.flat_amount)
        return f"{(row.basis_points or 0) / 100:g} %"

    @admin.display(description=gettext_lazy("pemakaian"))
    def used(self, row: ProgrammeRate) -> SafeString:
        """Whether a bill was priced since it is there."""
        return use_badge(row)

    def called(self, record: ProgrammeRate, user: User) -> str:
        """By programme and start."""
        return f"{record.programme}, {month(record.valid_from)}"

    def detail(self, record: ProgrammeRate, user: User) -> Detail:
        """One rate."""
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("program"), value=Programme(record.programme).label),
                Fact(label=_("mulai bulan"), value=month(record.valid_from)),
                Fact(label=_("tarif"), value=self.amount(record)),
                *_standing(record),
            ],
            sections=[
                *_credit_by(rate_code(Programme(record.programme), record.valid_from)),
                history_of(record),
            ],
        )


class DiscountAdmin(ScopedAdmin[Discount]):
    """Time-boxed reductions."""

    title = gettext_lazy("Diskon iuran")
    readers = READERS
    acts = (ProposeDiscount(), ProposeWithdrawal())
    keyset = ("-month_from", "code")
    list_display = (
        column("code", gettext_lazy("kode")),
        "window",
        "percent",
        "sector_word",
        "used",
    )

    def scoped(self, user: User) -> QuerySet[Discount]:
        """All."""
        return discounts_with_use()

    @admin.display(description=gettext_lazy("bulan iuran"))
    def window(self, row: Discount) -> str:
        """First and last month."""
        return _("%(first)s sampai %(last)s") % {
            "first": month(row.month_from),
            "last": month(row.month_to),
        }

    @admin.display(description=gettext_lazy("potongan"))
    def percent(self, row: Discount) -> str:
        """In percent."""
        return f"{row.percent_off} %"

    @admin.display(description=gettext_lazy("sektor"))
    def sector_word(self, row: Discount) -> str:
        """Whom it is for."""
        return _("semua") if row.sector == DiscountSector.ANY else str(Sector(row.sector).label)

    @admin.display(description=gettext_lazy("pemakaian"))
    def used(self, row: Discount) -> SafeString:
        """Whether a bill or credit came from it."""
        return use_badge(row)

    def detail(self, record: Discount, user: User) -> Detail:
        """One discount, and how far its credit is."""
        excluded = ", ".join(str(PayerKind(kind).label) for kind in record.excluded_payers)
        return Detail(
            title=record.code,
            facts=[
                Fact(label=_("bulan iuran"), value=self.window(record)),
                Fact(label=_("potongan"), value=self.percent(record)),
                Fact(label=_("program"), value=", ".join(record.programmes)),
                Fact(label=_("sektor"), value=self.sector_word(record)),
                Fact(label=_("tidak untuk pembayar"), value=excluded or NOTHING),
                Fact(label=_("dasar hukum"), value=record.legal_basis),
                *_standing(record),
            ],
            sections=[*_credit_by(record.code), history_of(record)],
        )


class HolidayAdmin(ScopedAdmin[Holiday]):
    """Days on which nothing falls due."""

    title = gettext_lazy("Hari libur")
    readers = READERS
    acts = (ProposeHolidays(), ProposeDay(), ProposeNoDay())
    keyset = ("-day", "kind")
    list_display = ("on", "called_in_words", "kind_word", "basis_word")

    def scoped(self, user: User) -> QuerySet[Holiday]:
        """All."""
        return known_holidays()

    @admin.display(description=gettext_lazy("tanggal"))
    def on(self, row: Holiday) -> str:
        """The day."""
        return day(row.day)

    @admin.display(description=gettext_lazy("nama hari"))
    def called_in_words(self, row: Holiday) -> str:
        """Its name."""
        return row.name

    @admin.display(description=gettext_lazy("jenis"))
    def kind_word(self, row: Holiday) -> str:
        """National holiday, or joint leave."""
        return say(HOLIDAY_KINDS, row.kind)

    @admin.display(description=gettext_lazy("dasar"))
    def basis_word(self, row: Holiday) -> str:
        """Decreed, or an estimate."""
        return say(HOLIDAY_BASES, row.basis)

    def called(self, record: Holiday, user: User) -> str:
        """By day and name."""
        return f"{day(record.day)}, {record.name}"

    def detail(self, record: Holiday, user: User) -> Detail:
        """One day with its history."""
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("tanggal"), value=self.on(record)),
                Fact(label=_("jenis"), value=self.kind_word(record)),
                Fact(label=_("dasar"), value=self.basis_word(record)),
            ],
            sections=[history_of(record)],
        )


class TariffProposalAdmin(ScopedAdmin[TariffProposal]):
    """What is proposed about tariff and calendar."""

    title = gettext_lazy("Usulan tarif")
    readers = READERS
    acts = (ConfirmProposal(), RefuseProposal())
    list_display = (
        "proposed",
        "kind_word",
        column("source", gettext_lazy("dasar hukum")),
        column("proposed_by", gettext_lazy("diusulkan oleh")),
        "decision_badge",
    )
    list_select_related = ("proposed_by", "decided_by")

    def scoped(self, user: User) -> QuerySet[TariffProposal]:
        """All, for who reads the tariff."""
        return TariffProposal.objects.visible_to(user)

    @admin.display(description=gettext_lazy("diusulkan"))
    def proposed(self, row: TariffProposal) -> str:
        """When."""
        return instant(row.proposed_at)

    @admin.display(description=gettext_lazy("usulan"))
    def kind_word(self, row: TariffProposal) -> str:
        """What it is about."""
        return say(KINDS, row.kind)

    @admin.display(description=gettext_lazy("keputusan"))
    def decision_badge(self, row: TariffProposal) -> SafeString:
        """What was decided."""
        tones: dict[str, str] = {str(decision): tone for decision, tone in TONES.items()}
        return badge(say(DECISIONS, row.decision), tones.get(row.decision, "warn"))

    def called(self, record: TariffProposal, user: User) -> str:
        """By its kind and its instant."""
        return f"{self.kind_word(record)}, {instant(record.proposed_at)}"

    def detail(self, record: TariffProposal, user: User) -> Detail:
        """What would change, and who says so."""
        return Detail(
            title=self.called(record, user),
            facts=[
                *proposed_facts(record),
                Fact(label=_("dasar hukum"), value=record.source),
                Fact(label=_("diusulkan oleh"), value=record.proposed_by.username),
                Fact(label=_("diusulkan"), value=instant(record.proposed_at)),
                Fact(label=_("keputusan"), value=self.decision_badge(record)),
                Fact(
                    label=_("diputuskan oleh"),
                    value=record.decided_by.username if record.decided_by else NOTHING,
                ),
                Fact(label=_("diputuskan"), value=instant(record.decided_at)),
            ],
            sections=proposed_rows(record),
        )


def _standing(row: Any) -> list[Fact]:
    """Whether a dated row is used, and when it was confirmed."""
    came = instant(row.brought_at) if row.brought_at else _("bersama pemasangan")
    return [
        Fact(label=_("pemakaian"), value=use_badge(row)),
        Fact(label=_("disahkan"), value=came),
    ]


def _credit_by(code: str) -> list[Section]:
    """How far the credit of a code is, if it was asked for."""
    run = run_of(code)
    return [_credit_of(run)] if run else []


def _credit_of(run: CreditRun) -> Section:
    return Section(
        title=_("Saldo untuk bulan yang sudah dibayar"),
        columns=[_("hal"), _("jumlah")],
        rows=[
            (_("peserta"), run.members),
            (_("rupiah"), format_rupiah(run.amount)),
            (_("langsung dilindungi"), run.covered),
            (_("selesai"), instant(run.done_at)),
        ],
    )
