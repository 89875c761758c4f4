"""Bodies of Pospay: shape on the way in, the contract's names on the way out."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from payments.api.fields import BillCodeField, InstantWithOffsetField, MonthField, MonthsField
from payments.bill_code import has_code_shape
from payments.models import Channel
from payments.services.inquiry import BillCode, Kpj, MemberRef, Nik
from payments.services.pay_commands import PayCommand, Taker
from payments.tariff import PayerKind
from perisai.api.serializers import StrictSerializer
from perisai.models import Role
from perisai.services.logins import LoginTry

TERMINAL: Final = 20
REFERENCE: Final = r"\A[A-Za-z0-9._-]{1,64}\Z"


class CounterLoginSerializer(StrictSerializer):
    """A clerk, and the terminal that the token is for."""

    username = serializers.CharField(max_length=60)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
    terminal_id = serializers.CharField(max_length=TERMINAL)

    def to_try(self) -> LoginTry:
        """What is checked."""
        said = self.validated_data
        return LoginTry(
            login=said["username"],
            password=said["password"],
            role=Role.POST_AGENT,
            also=(Role.PARTNER,),
            bearer="terminal",
            bearer_id=said["terminal_id"],
        )


class TerminalTokenSerializer(serializers.Serializer[Any]):
    """The terminal's token."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


class InquiryRequestSerializer(StrictSerializer):
    """Exactly one of KPJ, NIK and bill code; months only with the first two."""

    kpj = serializers.RegexField(r"\A[0-9]{11}\Z", required=False)
    nik = serializers.RegexField(r"\A[0-9]{16}\Z", required=False)
    bill_code = BillCodeField(required=False)
    months = MonthsField(required=False)

    def validate_nik(self, nik: str) -> str:
        """A bill code is no NIK, and nobody's."""
        if has_code_shape(nik):
            raise serializers.ValidationError(_("Ini kode bayar, bukan NIK."))
        return nik

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One number, and months where they can count."""
        if len(attrs.keys() & {"kpj", "nik", "bill_code"}) != 1:
            raise serializers.ValidationError(_("Isi salah satu: kpj, nik, atau bill_code."))
        if "bill_code" in attrs and "months" in attrs:
            detail = _("Jumlah bulan sudah tetap dalam kode bayar.")
            raise serializers.ValidationError({"months": detail})
        return attrs

    def ref(self) -> MemberRef:
        """Who or what is asked for."""
        asked = self.validated_data
        if "kpj" in asked:
            return Kpj(number=asked["kpj"])
        if "nik" in asked:
            return Nik(number=asked["nik"])
        return BillCode(code=asked["bill_code"])


class MaskedMemberSerializer(serializers.Serializer[Any]):
    """Name and KPJ under their masks."""

    name = serializers.CharField()
    kpj = serializers.CharField(allow_null=True, help_text="Null: not registered yet.")


class InquiryLineSerializer(serializers.Serializer[Any]):
    """One month, in rupiah."""

    month = MonthField()
    jkk = serializers.IntegerField()
    jkm = serializers.IntegerField()
    jht = serializers.IntegerField()
    discount = serializers.CharField(allow_null=True)


class RecentPaymentSerializer(serializers.Serializer[Any]):
    """Money taken within a day."""

    receipt_no = serializers.CharField()
    first_month = MonthField()
    last_month = MonthField()
    paid_at = serializers.DateTimeField()


class InquirySerializer(serializers.Serializer[Any]):
    """A bill to pay, as a counter shows it."""

    bill_code = serializers.CharField(source="bill.code")
    state = serializers.CharField(source="state.value")
    payer_kind = serializers.ChoiceField(choices=PayerKind.values, source="bill.payer_kind")
    member_count = serializers.IntegerField(source="bill.member_count")
    member = MaskedMemberSerializer(allow_null=True)
    kind = serializers.CharField(source="kind.value")
    first_month = MonthField(source="bill.first_month")
    last_month = MonthField(source="bill.last_month")
    months = serializers.IntegerField(source="bill.months")
    arrears_months = serializers.IntegerField()
    lines = InquiryLineSerializer(many=True)
    total = serializers.IntegerField(source="bill.total")
    credit = serializers.IntegerField(source="bill.credit")
    payable = serializers.IntegerField(source="bill.payable")
    admin_fee = serializers.IntegerField()
    to_collect = serializers.IntegerField()
    expires_at = serializers.DateTimeField(source="bill.expires_at")
    recent_payment = RecentPaymentSerializer(allow_null=True)


class PaymentNoticeSerializer(StrictSerializer):
    """Money that a counter says it took."""

    bill_code = BillCodeField()
    amount = serializers.IntegerField()
    reference = serializers.RegexField(REFERENCE, required=False)
    terminal_id = serializers.CharField(
        max_length=TERMINAL,
        required=False,
        help_text="The counter's word; the payment counts at the terminal of the token.",
    )
    paid_at = InstantWithOffsetField()
    advice = serializers.BooleanField(default=False)
    confirm_repeat = serializers.BooleanField(default=False)

    @staticmethod
    def to_command(body: dict[str, Any], taker: Taker, *, key: str, terminal: str) -> PayCommand:
        """The payment as the service takes it, at the token's terminal: whose drawer it is in."""
        said = {"reference": key} | body
        return PayCommand(
            channel=Channel.REST,
            taker=taker,
            key=key,
            bill_code=said["bill_code"],
            amount=said["amount"],
            reference=said["reference"],
            paid_at=said["paid_at"],
            terminal=terminal,
            advice=said["advice"],
            confirm_repeat=said["confirm_repeat"],
        )


class PaymentSerializer(serializers.Serializer[Any]):
    """A payment as its counter sees it, for ever."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    receipt_no = serializers.CharField()
    reference = serializers.CharField()
    bill_code = serializers.CharField()
    amount = serializers.IntegerField()
    admin_fee = serializers.IntegerField()
    paid_at = serializers.DateTimeField()
    posted_at = serializers.DateTimeField()
    settlement_date = serializers.DateField()
    first_month = MonthField()
    last_month = MonthField()
    member = MaskedMemberSerializer(allow_null=True)
    late_post = serializers.BooleanField()
    reversed_at = serializers.DateTimeField(allow_null=True)
    settled = serializers.BooleanField()


class ProgrammeAmountSerializer(serializers.Serializer[Any]):
    """What went to one programme, in rupiah."""

    code = serializers.CharField()
    amount = serializers.IntegerField()


class ReceiptSerializer(PaymentSerializer):
    """The payment, and what it bought."""

    title = serializers.CharField()
    programmes = ProgrammeAmountSerializer(many=True)
    credit = serializers.IntegerField()
    total_collected = serializers.IntegerField()
    legal_basis = serializers.CharField(allow_null=True)
    protection_until = serializers.DateField(
        allow_null=True, help_text="Null: for several people, taken back, or for a code."
    )
    next_due_on = serializers.DateField(allow_null=True)
    outlet = serializers.CharField()
    member_count = serializers.IntegerField()
    copy_no = serializers.IntegerField(help_text="1: the original; of the newest print.")
    verify_url = serializers.URLField()
    help = serializers.CharField()
