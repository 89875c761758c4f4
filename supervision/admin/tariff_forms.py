"""What is asked of who proposes a change of the tariff or the calendar."""

from datetime import date
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.programmes import Programme
from payments.models import HolidayBasis, HolidayKind
from payments.tariff import PayerKind, Sector
from perisai.months import parse_month
from supervision.admin.words import Words

SHORTEST_SOURCE: Final = 5
HOLIDAY_KINDS: Final[Words] = {
    HolidayKind.NATIONAL: gettext_lazy("libur nasional"),
    HolidayKind.JOINT_LEAVE: gettext_lazy("cuti bersama"),
}
HOLIDAY_BASES: Final[Words] = {
    HolidayBasis.DECREE: gettext_lazy("keputusan bersama"),
    HolidayBasis.ESTIMATE: gettext_lazy("perkiraan"),
}


class MonthField(forms.CharField):
    """A month as `2027-01`; its value is the month's first day."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=7, help_text=gettext_lazy("Ditulis 2027-01."), **options)

    def clean(self, value: Any) -> date:
        """Raises ValidationError for any other shape."""
        try:
            return parse_month(super().clean(value))
        except ValueError as fault:
            raise ValidationError(_("Bulan ditulis 2027-01.")) from fault


class SourceForm(forms.Form):
    """Which law or decree says so; asked last, after what."""

    source = forms.CharField(
        label=gettext_lazy("Dasar hukum"), min_length=SHORTEST_SOURCE, max_length=200
    )


class BracketsForm(SourceForm):
    """A whole table, from a month on."""

    valid_from = MonthField(label=gettext_lazy("Mulai bulan"))
    rows = forms.CharField(
        label=gettext_lazy("Lapisan"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy(
            "CSV dengan kolom min_income,base_income; bila ada kolom jkk dan jht, dicocokkan."
        ),
    )
    verified = forms.BooleanField(
        label=gettext_lazy("Sudah dicocokkan dengan lampiran"), required=False
    )
    field_order = ("valid_from", "rows", "verified", "source")


class RateForm(SourceForm):
    """One programme's rate, from a month on."""

    programme = forms.ChoiceField(label=gettext_lazy("Program"), choices=Programme.choices)
    valid_from = MonthField(label=gettext_lazy("Mulai bulan"))
    basis_points = forms.IntegerField(
        label=gettext_lazy("Perseratus persen dari dasar (100 = 1 %)"),
        min_value=1,
        max_value=10_000,
        required=False,
    )
    flat_amount = forms.IntegerField(
        label=gettext_lazy("atau jumlah tetap dalam rupiah"),
        min_value=1,
        max_value=100_000_000,
        required=False,
    )
    field_order = ("programme", "valid_from", "basis_points", "flat_amount", "source")


class DiscountForm(SourceForm):
    """A reduction for some months."""

    code = forms.CharField(label=gettext_lazy("Kode"), max_length=30)
    programmes = forms.MultipleChoiceField(
        label=gettext_lazy("Program"),
        choices=Programme.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    sector = forms.ChoiceField(
        label=gettext_lazy("Sektor"),
        choices=[("", gettext_lazy("semua")), *Sector.choices],
        required=False,
    )
    month_from = MonthField(label=gettext_lazy("Bulan pertama"))
    month_to = MonthField(label=gettext_lazy("Bulan terakhir"))
    percent_off = forms.IntegerField(
        label=gettext_lazy("Potongan dalam persen"), min_value=1, max_value=100
    )
    excluded_payers = forms.MultipleChoiceField(
        label=gettext_lazy("Tidak untuk pembayar"),
        choices=PayerKind.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    field_order = (
        "code",
        "programmes",
        "sector",
        "month_from",
        "month_to",
        "percent_off",
        "excluded_payers",
        "source",
    )


class HolidayForm(SourceForm):
    """One day, as it is to be."""

    day = forms.DateField(label=gettext_lazy("Tanggal"))
    kind = forms.ChoiceField(label=gettext_lazy("Jenis"), choices=list(HOLIDAY_KINDS.items()))
    name = forms.CharField(label=gettext_lazy("Nama"), max_length=120)
    basis = forms.ChoiceField(label=gettext_lazy("Dasar"), choices=list(HOLIDAY_BASES.items()))
    field_order = ("day", "kind", "name", "basis", "source")


class HolidaysForm(SourceForm):
    """The days of a year, as its decree lists them."""

    rows = forms.CharField(
        label=gettext_lazy("Hari"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("CSV dengan kolom day,kind,name; jenis: national atau joint_leave."),
    )
    basis = forms.ChoiceField(label=gettext_lazy("Dasar"), choices=list(HOLIDAY_BASES.items()))
    field_order = ("rows", "basis", "source")
