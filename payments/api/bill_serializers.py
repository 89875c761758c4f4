"""Bodies of bills and payers, as agents send and see them: member ids, no numbers of people."""

from typing import Any, Final

from django.utils.translation import gettext as _
from rest_framework import serializers

from payments.api.fields import MonthField, MonthsField
from payments.bill_title import check_title
from payments.services.billing import BillOrder
from payments.services.makers import MOST_OF_THE_OFFICE, Maker
from payments.tariff import PayerKind
from perisai.api.serializers import StrictSerializer

TITLE: Final = 100
OF_A_COLLECTIVE_BILL: Final[tuple[str, ...]] = ("payer_id", "title", "skip_refused")


class BillOrderSerializer(StrictSerializer):
    """A bill of one member's next months, or of many members' together."""

    member_id = serializers.UUIDField(required=False)
    members = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_empty=False,
        max_length=MOST_OF_THE_OFFICE,
    )
    months = MonthsField()
    payer_id = serializers.IntegerField(required=False, min_value=1)
    title = serializers.CharField(required=False, max_length=TITLE, validators=[check_title])
    skip_refused = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One member, or many with what they have in common."""
        if "members" in attrs:
            if "member_id" in attrs:
                raise serializers.ValidationError(_("Isi salah satu: member_id atau members."))
            return attrs
        if "member_id" not in attrs:
            detail = _("Isi salah satu: member_id atau members.")
            raise serializers.ValidationError({"member_id": detail}, code="required")
        detail = _("Hanya bersama members.")
        faults = {name: detail for name in OF_A_COLLECTIVE_BILL if name in attrs}
        if faults:
            raise serializers.ValidationError(faults)
        return attrs

    def to_order(self, maker: Maker, *, key: str) -> BillOrder:
        """The order as the service takes it."""
        said = self.validated_data
        return BillOrder(
            maker=maker,
            member_ids=tuple(said["members"]) if "members" in said else (said["member_id"],),
            months=said["months"],
            key=key,
            payer_id=said.get("payer_id"),
            title=said.get("title", ""),
            skip_refused=said.get("skip_refused", False),
            is_collective="members" in said,
        )


class BillLineSerializer(serializers.Serializer[Any]):
    """One member-month, in rupiah."""

    member_id = serializers.UUIDField()
    month = MonthField()
    jkk = serializers.IntegerField()
    jkm = serializers.IntegerField()
    jht = serializers.IntegerField()
    credit = serializers.IntegerField()


class BillSerializer(serializers.Serializer[Any]):
    """A bill as an agent sees it; in a list, `lines` is empty for bills of more than fifty."""

    bill_code = serializers.CharField(source="code")
    payer_kind = serializers.ChoiceField(choices=PayerKind.values)
    payer_id = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    member_count = serializers.IntegerField()
    line_count = serializers.IntegerField()
    total = serializers.IntegerField()
    credit = serializers.IntegerField()
    payable = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    state = serializers.CharField(source="state.value")
    lines = BillLineSerializer(many=True)
    share_url = serializers.URLField()


class LeftOutSerializer(serializers.Serializer[Any]):
    """A member who is not in the bill, and why."""

    member_id = serializers.UUIDField()
    code = serializers.CharField()


class MadeBillSerializer(BillSerializer):
    """The answer to an order."""

    left_out = LeftOutSerializer(many=True)


class BillFilterSerializer(serializers.Serializer[Any]):
    """What a list of bills may be asked for."""

    member_id = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=["open"], required=False)


class PayerSerializer(serializers.Serializer[Any]):
    """Who may pay for members of the agent's office; `contract_to` null: without an end."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=PayerKind.values)
    name = serializers.CharField()
    contract_from = serializers.DateField()
    contract_to = serializers.DateField(allow_null=True)
