"""Words to members about money (R39): never a NIK or a name, never more cover than was paid."""

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Max, Min
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from enrollment.cover import CoverDay, CoverState, cover_state, ended_months, lapses_on
from enrollment.messages import language_of
from enrollment.models import Member, unrestricted
from enrollment.services.cover_days import cover_day
from payments.models import Bill, BillLine, Payment
from payments.rupiah import format_rupiah
from payments.services.payments import PaymentView, view_payment
from perisai import clock
from perisai.messages import to_agent
from perisai.months import add_months
from perisai.registry import Message, message


@message("payment.posted")
def payment_posted(payment_id: UUID) -> Message | None:
    """The receipt of a payment for one member; None without a phone, or for many members.

    Of what was taken for a code the member hears once it is hers.
    """
    if Payment.objects.filter(pk=payment_id, reservation__isnull=False).exists():
        return None
    return _told(payment_id, "payment_posted", _receipt)


@message("payment.bound")
def payment_bound(payment_id: UUID) -> Message | None:
    """The receipt of what was held for the member's code, once it pays for months of hers."""
    return _told(payment_id, "payment_posted", _receipt)


@message("code.over")
def code_over(payment_id: UUID) -> Message | None:
    """To the agent: more was paid under her code than the months cost; the rest is credit."""
    text = gettext_noop(
        "Kode %(code)s: dibayar %(amount)s untuk %(months)s bulan, sisa %(rest)s menjadi saldo."
    )
    return _to_agent(payment_id, "code_over", text)


@message("code.short")
def code_short(payment_id: UUID) -> Message | None:
    """To the agent: too little was paid under her code; it covers fewer months than asked for."""
    text = gettext_noop(
        "Kode %(code)s: dibayar %(amount)s, cukup untuk %(months)s dari %(asked)s bulan, "
        "sisa %(rest)s menjadi saldo. Buat tagihan baru untuk bulan berikutnya."
    )
    return _to_agent(payment_id, "code_short", text)


@message("payment.reversed")
def payment_reversed(payment_id: UUID) -> Message | None:
    """That a payment no longer stands, and where the member is without it; None as above."""
    return _told(payment_id, "payment_reversed", _taken_back)


def standing_words(member: Member, day: CoverDay) -> str:
    """Where the member stands, in the words of R39. Empty for the closed."""
    through = member.paid_through
    state = cover_state(through, closed_on=member.closed_on, day=day)
    if state is CoverState.CLOSED:
        return ""
    if through is None:
        return _("Pendaftaran diterima. Perlindungan mulai setelah iuran pertama dibayar.")
    if through >= day.as_of.replace(day=1):
        return _("Anda terlindungi sampai akhir %(month)s.") % {"month": _month(through)}
    if state is CoverState.ACTIVE:
        return _("Iuran %(month)s belum dibayar. Bayar paling lambat %(day)s.") % {
            "month": _month(day.as_of),
            "day": _day(day.due_on),
        }
    if state is CoverState.OVERDUE:
        return _(
            "Iuran %(month)s sudah lewat jatuh tempo. Bayar sekarang supaya tidak terputus."
        ) % {"month": _month(day.as_of)}
    return _broken_off(through, state, day)


def _told(
    payment_id: UUID, template: str, words: Callable[[Mapping[str, str]], str]
) -> Message | None:
    """Words about a payment, then where its member stands."""
    member = _only_member(payment_id)
    if member is None or not member.phone:
        return None
    payment = view_payment(Payment.objects.filter(pk=payment_id))
    language = language_of(member.pk)
    with override(language):
        said = _parameters(payment)
        standing = standing_words(member, cover_day(clock.today()))
        text = f"{words(said)} {standing}"
    return Message(
        phone_e164=member.phone,
        language=language,
        template=template,
        text=text,
        parameters={**said, "standing": standing},
    )


def _broken_off(through: date, state: CoverState, day: CoverDay) -> str:
    ends = lapses_on(through, lapse_after=day.lapse_after) or day.as_of
    if state is CoverState.LAPSED:
        return _(
            "Tidak aktif sejak %(day)s. Bisa mulai lagi hari ini; iuran lama tidak ditagih. "
            "Masa tiga bulan santunan kematian penuh dihitung lagi."
        ) % {"day": _day(ends)}
    unpaid = ended_months(through, as_of=day.as_of)
    months = [_month(add_months(through, number + 1)) for number in range(unpaid)]
    return _("%(count)d bulan belum dibayar (%(months)s). Bayar sebelum %(day)s, tanpa denda.") % {
        "count": unpaid,
        "months": ", ".join(months),
        "day": _day(ends),
    }


def _parameters(payment: PaymentView) -> dict[str, str]:
    amount, first, last = payment.amount, payment.first_month, payment.last_month
    if payment.is_for_a_code and payment.bill_id is not None:  # what the money came to
        lines = BillLine.objects.filter(bill=payment.bill_id).aggregate(
            first=Min("month"), last=Max("month"), amount=Max("bill__payable")
        )
        amount, first, last = lines["amount"], lines["first"], lines["last"]
    return {
        "amount": format_rupiah(amount),
        "first": _month(first),
        "last": _month(last),
        "no": payment.receipt_no,
    }


def _to_agent(payment_id: UUID, template: str, text: str) -> Message | None:
    """To who looks after the member now, else to whose code it is: how far the money went."""
    payments = Payment.objects.select_related(
        "bill", "reservation__agent__user", "reservation__member__agent__user"
    )
    payment = payments.filter(pk=payment_id).first()
    if payment is None or payment.reservation is None:
        return None
    bill, code = payment.bill, payment.reservation
    cares = code.member.agent if code.member else None
    return to_agent(
        cares or code.agent,
        template,
        text,
        code=code.code,
        amount=format_rupiah(payment.amount),
        months=str(bill.line_count if bill else 0),
        asked=str(code.wanted_months),
        rest=format_rupiah(payment.amount - (bill.payable if bill else 0)),
    )


def _receipt(said: Mapping[str, str]) -> str:
    return _("Iuran BPU %(amount)s diterima untuk %(first)s sampai %(last)s, struk %(no)s.") % said


def _taken_back(said: Mapping[str, str]) -> str:
    return (
        _("Pembayaran %(amount)s untuk %(first)s sampai %(last)s, struk %(no)s, dibatalkan.") % said
    )


def _only_member(payment_id: UUID) -> Member | None:
    """The member of a payment for one, unless closed or restricted (R36)."""
    bills = Bill.objects.filter(payments=payment_id, member_count=1)
    return Member.objects.filter(
        unrestricted(), pk__in=bills.values("lines__member"), closed_on__isnull=True
    ).first()


def _month(month: date) -> str:
    return date_format(month, "F Y")


def _day(day: date) -> str:
    return date_format(day, "j F Y")
