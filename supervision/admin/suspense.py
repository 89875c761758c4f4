"""Money that we heard of late, first of all what has no owner yet: entered, then released (R12)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.bill_code import has_code_shape
from payments.late_plan import SuspenseReason
from payments.models import (
    Correction,
    CorrectionKind,
    LateMoney,
    PaymentPartner,
    Release,
)
from payments.rupiah import format_rupiah
from payments.services.corrections import CorrectionDraft, request_correction
from payments.services.late_corrections import late_details, late_notice, release_order
from payments.services.late_notices import KPJ, LateNotice
from payments.services.late_posting import check_notice
from payments.services.suspense_correction import suspended_by
from perisai import clock
from perisai.models import Role, User
from perisai.privacy import mask
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.agent_forms import DayInput, InstantInput
from supervision.admin.credit_back import AskCreditBack, credit_facts
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, day, instant, link, yes_or_no

READERS: Final = frozenset({Role.SUPERVISOR, Role.FINANCE, Role.NATIONAL, Role.AUDITOR})
ASKERS: Final = frozenset({Role.SUPERVISOR, Role.FINANCE})


class NumberField(forms.CharField):
    """A bill code or a KPJ; a NIK has no place here."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=19, label=gettext_lazy("Kode bayar atau KPJ"), **options)

    def clean(self, value: Any) -> str:
        """Without the blanks between the groups of four."""
        number = str(super().clean(value)).replace(" ", "")
        if number and not KPJ.fullmatch(number) and not has_code_shape(number):
            raise forms.ValidationError(_("Isi kode bayar (16 angka) atau KPJ (11 angka)."))
        return number


class LateMoneyForm(ReasonForm):
    """What a partner proves that it took."""

    reference = forms.RegexField(
        r"^[A-Za-z0-9._-]{1,64}$", label=gettext_lazy("Nomor referensi mitra")
    )
    number = NumberField(required=False, help_text=gettext_lazy("Kosong: tidak diketahui."))
    amount = forms.IntegerField(label=gettext_lazy("Jumlah, rupiah"), min_value=1, max_value=10**12)
    fee = forms.IntegerField(
        label=gettext_lazy("Biaya loket, rupiah"), min_value=0, max_value=10**6, initial=2_500
    )
    paid_at = forms.DateTimeField(label=gettext_lazy("Dibayar pada"), widget=InstantInput)
    terminal = forms.CharField(label=gettext_lazy("Terminal"), max_length=20, required=False)
    settlement_date = forms.DateField(
        label=gettext_lazy("Tanggal rekonsiliasi"),
        widget=DayInput,
        required=False,
        help_text=gettext_lazy("Kosong: hari yang sedang berjalan."),
    )

    def __init__(self, user: User, *sent: Any) -> None:
        super().__init__(*sent)
        partners = PaymentPartner.objects.visible_to(user).order_by("code")
        self.fields["partner"] = forms.ModelChoiceField(
            label=gettext_lazy("Mitra"), queryset=partners
        )
        self.order_fields(["partner", "reference", "number", "amount", "fee", "paid_at"])


class EnterLateMoney(Act[LateMoney]):
    """Finance has a partner's proof of money that we never booked."""

    name = "enter"
    title = gettext_lazy("Catat uang yang sudah diterima mitra")
    doers = frozenset({Role.FINANCE})
    is_for_list = True
    explanation = gettext_lazy("Baru dibukukan setelah orang kedua menyetujui.")

    def make_form(self, record: LateMoney | None, user: User, *sent: Any) -> forms.Form:
        """With the partners."""
        return LateMoneyForm(user, *sent)

    def carry_out(self, record: LateMoney, asked: Asked) -> Done:
        """Ask for it."""
        said = dict(asked.data)
        reason, partner = said.pop("reason"), said.pop("partner")
        notice = LateNotice(partner_id=partner.pk, **said)
        check_notice(notice, now=clock.now())
        return _asked(CorrectionKind.LATE_POST, reason, asked.user, details=late_details(notice))


class ReleaseForm(ReasonForm):
    """Whose it is."""

    number = NumberField(
        help_text=gettext_lazy("Kode bayar: tagihan itu dibayar. KPJ: bulan iuran yang cocok.")
    )
    is_credit = forms.BooleanField(
        label=gettext_lazy("Jadikan saldo peserta dengan KPJ ini"), required=False
    )
    field_order = ("number", "is_credit", "reason")


class ReleaseMoney(Act[LateMoney]):
    """Somebody knows whose it is."""

    name = "release"
    title = gettext_lazy("Minta pelepasan")
    doers = ASKERS
    form = ReleaseForm
    explanation = gettext_lazy("Uang baru berpindah setelah orang kedua menyetujui.")

    def is_offered(self, record: LateMoney | None, user: User) -> bool:
        """While some of it is in suspense."""
        return record is not None and bool(_rest(record))

    def carry_out(self, record: LateMoney, asked: Asked) -> Done:
        """Ask for it."""
        details = {"number": asked.data["number"], "is_credit": asked.data["is_credit"]}
        return _asked(
            CorrectionKind.RELEASE, asked.data["reason"], asked.user, details, record=record
        )


class WithdrawMoney(Act[LateMoney]):
    """It never was, or the partner gave it back."""

    name = "withdraw"
    title = gettext_lazy("Minta pencabutan")
    doers = frozenset({Role.FINANCE})
    form = ReasonForm
    is_grave = True
    explanation = gettext_lazy(
        "Untuk catatan yang keliru, atau uang yang sudah dikembalikan mitra kepada pembayar."
        " Setelah orang kedua menyetujui, mitra tidak lagi berutang uang ini; nomor referensinya"
        " tetap terpakai."
    )

    def is_offered(self, record: LateMoney | None, user: User) -> bool:
        """While all that was suspended is still there."""
        return record is not None and 0 < _rest(record) == record.suspended

    def carry_out(self, record: LateMoney, asked: Asked) -> Done:
        """Ask for it."""
        reason, kind = asked.data["reason"], CorrectionKind.WITHDRAW
        return _asked(kind, reason, asked.user, {}, record=record)


class RestFilter(SimpleListFilter):
    """What waits for its owner; on demand all late money."""

    title = gettext_lazy("keadaan")
    parameter_name = "rest"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """The open ones need no choice."""
        return [("any", gettext_lazy("semua uang susulan"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The list begins with the open ones, and says so."""
        first, *others = super().choices(changelist)
        yield dict(first) | {"display": gettext_lazy("belum ada pemiliknya")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """With a rest, or all."""
        if self.value() == "any":
            return queryset
        return queryset.filter(suspended__gt=0, rest__gt=0)


class LateMoneyAdmin(ScopedAdmin[LateMoney]):
    """Oldest first: the longer it waits, the less anybody knows."""

    title = gettext_lazy("Uang tak bertuan")
    readers = READERS
    acts = (EnterLateMoney(), ReleaseMoney(), AskCreditBack(), WithdrawMoney())
    keyset = ("id",)
    list_display = ("heard", "taker", "number_masked", "money", "waiting", "age", "cause")
    list_filter = (RestFilter,)
    list_select_related = ("partner",)

    def scoped(self, user: User) -> QuerySet[LateMoney]:
        """While it is nobody's it is of no branch; then it is its owner's."""
        return LateMoney.objects.visible_to(user).with_rest().with_withdrawal()

    @admin.display(description=gettext_lazy("dibukukan"))
    def heard(self, money: LateMoney) -> str:
        """When we heard of it."""
        return instant(money.posted_at)

    @admin.display(description=gettext_lazy("mitra"))
    def taker(self, money: LateMoney) -> str:
        """Who took it."""
        return money.partner.code

    @admin.display(description=gettext_lazy("kode bayar atau KPJ"))
    def number_masked(self, money: LateMoney) -> str:
        """What the partner has of the payer."""
        return _masked(money.number)

    @admin.display(description=gettext_lazy("jumlah"))
    def money(self, money: LateMoney) -> str:
        """All that was taken."""
        return format_rupiah(money.amount)

    @admin.display(description=gettext_lazy("belum bertuan"))
    def waiting(self, money: LateMoney) -> str:
        """What is in suspense now."""
        return format_rupiah(_rest(money))

    @admin.display(description=gettext_lazy("umur, hari"))
    def age(self, money: LateMoney) -> int:
        """Days since it was taken."""
        return (clock.today() - clock.official_date(money.paid_at)).days

    @admin.display(description=gettext_lazy("sebab"))
    def cause(self, money: LateMoney) -> SafeString | str:
        """Why it has no owner."""
        return _cause(money)

    def called(self, record: LateMoney, user: User) -> str:
        """By the partner's reference."""
        return f"{record.partner.code} {record.reference}"

    def detail(self, record: LateMoney, user: User) -> Detail:
        """What the partner says, and where each rupiah is."""
        payment = record.payment
        receipt = link(payment, str(payment)) if payment else NOTHING
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("keadaan"), value=_cause(record)),
                Fact(label=_("kode bayar atau KPJ"), value=_masked(record.number)),
                Fact(label=_("jumlah"), value=format_rupiah(record.amount)),
                Fact(label=_("dibukukan ke tagihan"), value=format_rupiah(record.late_posted)),
                Fact(label=_("ke saldo peserta"), value=format_rupiah(record.credited)),
                Fact(label=_("ditahan"), value=format_rupiah(record.suspended)),
                Fact(label=_("belum bertuan"), value=format_rupiah(_rest(record))),
                Fact(label=_("dicabut"), value=instant(_withdrawn_at(record))),
                Fact(label=_("pembayaran"), value=receipt),
                Fact(label=_("dibayar"), value=instant(record.paid_at)),
                Fact(label=_("terminal"), value=record.terminal or NOTHING),
                Fact(label=_("biaya loket"), value=format_rupiah(record.fee)),
                Fact(label=_("tanggal rekonsiliasi"), value=day(record.settlement_date)),
                Fact(label=_("dibukukan"), value=instant(record.posted_at)),
            ],
            sections=[_releases(record)],
        )


def what_is_said(correction: Correction, user: User) -> list[Fact]:
    """The partner's words, the owner of suspense or of credit: what the second person judges."""
    if correction.kind == CorrectionKind.LATE_POST:
        notice = late_notice(correction)
        partner = PaymentPartner.objects.visible_to(user).filter(pk=notice.partner_id).first()
        return [
            Fact(label=_("mitra"), value=partner.code if partner else NOTHING),
            Fact(label=_("referensi"), value=notice.reference),
            Fact(label=_("kode bayar atau KPJ"), value=_masked(notice.known_number)),
            Fact(label=_("jumlah"), value=format_rupiah(notice.amount)),
            Fact(label=_("dibayar"), value=instant(notice.paid_at)),
            Fact(label=_("tanggal rekonsiliasi"), value=day(notice.settlement_date)),
        ]
    if correction.kind == CorrectionKind.CREDIT:
        return credit_facts(correction, user)
    if correction.kind == CorrectionKind.WITHDRAW:
        withdrawn, _entry = suspended_by(correction)
        return [Fact(label=_("uang tak bertuan"), value=link(withdrawn, withdrawn.reference))]
    if correction.kind != CorrectionKind.RELEASE:
        return []
    order = release_order(correction)
    money = LateMoney.objects.visible_to(user).filter(suspense=order.suspense_id).first()
    return [
        Fact(label=_("uang tak bertuan"), value=link(money, money.reference) if money else NOTHING),
        Fact(label=_("kode bayar atau KPJ"), value=_masked(order.number)),
        Fact(label=_("ke saldo peserta"), value=yes_or_no(order.is_credit)),
    ]


def _asked(
    kind: CorrectionKind,
    reason: str,
    user: User,
    details: dict[str, Any],
    *,
    record: LateMoney | None = None,
) -> Done:
    entry = record.suspense if record is not None else None
    draft = CorrectionDraft(kind=kind, reason=reason, entry=entry, details=details)
    request_correction(draft, by=user)
    return Done(message=_("Permintaan dicatat. Orang kedua memutuskan."))


def _rest(money: Any) -> int:  # late money with its rest
    return int(money.rest)


def _withdrawn_at(money: Any) -> datetime | None:  # late money with its withdrawal
    found: datetime | None = money.withdrawn_at
    return found


def _masked(number: str) -> str:
    """A bill code says nothing of a person; of a KPJ the mask."""
    if has_code_shape(number):
        return number
    return mask("kpj", number) if number else NOTHING


def _cause(money: LateMoney) -> SafeString:
    if not money.suspended:
        return badge(_("dibukukan"), "good")
    if _withdrawn_at(money) is not None:
        return badge(_("dicabut"), "good")
    if not _rest(money):
        return badge(_("dilepas"), "good")
    return badge(SuspenseReason(money.why).label, "warn")


def _releases(money: LateMoney) -> Section:
    """Where suspended money went; what was taken back fell back."""
    entry = money.suspense
    found: Any = []  # releases with the annotation
    if entry is not None:
        found = entry.releases.with_return().select_related("payment").order_by("pk")
    return Section(
        title=_("Pelepasan"),
        columns=[_("dilepas"), _("jumlah"), _("ke"), _("oleh"), _("dibatalkan")],
        rows=[
            (
                instant(release.posted_at),
                format_rupiah(release.amount),
                _owner(release),
                _("dua orang") if release.correction_id else _("sistem"),
                instant(release.returned_at),
            )
            for release in found
        ],
    )


def _owner(release: Release) -> str:
    """The payment, or the member, by id alone."""
    if release.payment is not None:
        return link(release.payment, str(release.payment))
    return f"{_('saldo')} {release.member_id}"
