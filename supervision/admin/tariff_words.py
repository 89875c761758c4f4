"""A proposal about tariff or calendar in the reader's words."""

from django.utils.translation import gettext as _

from payments.models import TariffProposal
from payments.rupiah import format_rupiah
from payments.services.tariff_changes import change_of
from payments.tariff import DiscountRow, RateRow
from payments.tariff_drafts import BracketTable, HolidayChange, HolidayRow, Withdrawal
from supervision.admin.scoped import Fact, Section
from supervision.admin.showing import NOTHING, day, month, yes_or_no
from supervision.admin.tariff_forms import HOLIDAY_BASES, HOLIDAY_KINDS
from supervision.admin.words import say


def proposed_facts(proposal: TariffProposal) -> list[Fact]:
    """What it says, without the rows of a table."""
    match change_of(proposal):
        case BracketTable() as table:
            return [
                Fact(label=_("mulai bulan"), value=month(table.valid_from)),
                Fact(label=_("dicocokkan dengan lampiran"), value=yes_or_no(table.verified)),
            ]
        case RateRow() as rate:
            return _facts_of_rate(rate)
        case DiscountRow() as discount:
            return _facts_of_discount(discount)
        case Withdrawal() as withdrawal:
            what = withdrawal.code or withdrawal.programme or _("tabel lapisan")
            return [
                Fact(label=_("yang ditarik"), value=str(what)),
                Fact(label=_("mulai bulan"), value=month(withdrawal.valid_from)),
            ]
        case HolidayChange():
            return []


def proposed_rows(proposal: TariffProposal) -> list[Section]:
    """The rows of a table, or the days."""
    match change_of(proposal):
        case BracketTable() as table:
            pairs = [
                (format_rupiah(row.min_income), format_rupiah(row.base_income))
                for row in table.rows
            ]
            columns = [_("penghasilan dari"), _("dasar upah")]
            return [Section(title=_("Tabel"), columns=columns, rows=pairs)]
        case HolidayChange() as change:
            days = [*_days(change.put, _("dipasang")), *_days(change.gone, _("dihapus"))]
            columns = [_("tanggal"), _("nama hari"), _("jenis"), _("dasar"), _("perubahan")]
            return [Section(title=_("Hari"), columns=columns, rows=days)]
        case _:
            return []


def _facts_of_rate(rate: RateRow) -> list[Fact]:
    flat = rate.flat_amount
    shown = f"{(rate.basis_points or 0) / 100:g} %" if flat is None else format_rupiah(flat)
    return [
        Fact(label=_("program"), value=rate.programme.label),
        Fact(label=_("mulai bulan"), value=month(rate.valid_from)),
        Fact(label=_("tarif"), value=shown),
    ]


def _facts_of_discount(row: DiscountRow) -> list[Fact]:
    window = {"first": month(row.month_from), "last": month(row.month_to)}
    excluded = ", ".join(sorted(str(kind.label) for kind in row.excluded_payers))
    return [
        Fact(label=_("kode"), value=row.code),
        Fact(label=_("bulan iuran"), value=_("%(first)s sampai %(last)s") % window),
        Fact(label=_("potongan"), value=f"{row.percent_off} %"),
        Fact(label=_("program"), value=", ".join(sorted(row.programmes))),
        Fact(label=_("sektor"), value=row.sector.label if row.sector else _("semua")),
        Fact(label=_("tidak untuk pembayar"), value=excluded or NOTHING),
    ]


def _days(rows: tuple[HolidayRow, ...], change: str) -> list[tuple[str, ...]]:
    return [
        (
            day(row.day),
            row.name,
            say(HOLIDAY_KINDS, row.kind),
            say(HOLIDAY_BASES, row.basis),
            change,
        )
        for row in sorted(rows)
    ]
