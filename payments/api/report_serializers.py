"""Queries and answers of what was taken in a time, and on a day."""

import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from payments.api.fields import InstantWithOffsetField
from payments.api.serializers import PaymentSerializer
from payments.services.reports import Period
from perisai import clock

MOST_DAYS: Final = datetime.timedelta(days=31)
MOST_ROWS: Final = 500
ROWS: Final = 200
LONGEST_CURSOR: Final = 500


class ReportQuerySerializer(serializers.Serializer[Any]):
    """A time of at most 31 days, and where to go on."""

    to = InstantWithOffsetField()
    cursor = serializers.CharField(required=False, max_length=LONGEST_CURSOR)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=ROWS)

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name for an attribute."""
        return {"from": InstantWithOffsetField(), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """In order, and not too long."""
        if not datetime.timedelta() < attrs["to"] - attrs["from"] <= MOST_DAYS:
            detail = _("Waktu akhir harus setelah waktu awal, paling lama 31 hari.")
            raise serializers.ValidationError({"to": detail})
        return attrs

    def period(self) -> Period:
        """The time that is asked for."""
        return Period(since=self.validated_data["from"], until=self.validated_data["to"])


class ReportSerializer(serializers.Serializer[Any]):
    """One page of payments; `next` is the cursor of the next one."""

    next = serializers.CharField(allow_null=True)
    complete_until = serializers.DateTimeField(
        help_text=(
            "All pages together hold every payment before this instant, and none will be added."
            " The first page settles it: it is the same on every page that its cursors lead to."
            " It lies before `to` if that is not half a minute ago: begin the next report here."
        )
    )
    count_on_page = serializers.IntegerField(source="count")
    sum_on_page = serializers.IntegerField(source="total")
    results = PaymentSerializer(many=True)


class DayQuerySerializer(serializers.Serializer[Any]):
    """A day that has begun."""

    date = serializers.DateField(required=False)

    def validate_date(self, day: datetime.date) -> datetime.date:
        """Nothing was taken tomorrow."""
        if day > clock.today():
            raise serializers.ValidationError(_("Tanggal ini belum tiba."))
        return day


class TakingsSerializer(serializers.Serializer[Any]):
    """How many payments, and their rupiah."""

    count = serializers.IntegerField()
    amount = serializers.IntegerField()
    fee = serializers.IntegerField()


@extend_schema_serializer(component_name="TerminalDay")
class TerminalDaySerializer(serializers.Serializer[Any]):
    """A terminal's day."""

    date = serializers.DateField()
    terminal_id = serializers.CharField()
    paid = TakingsSerializer()
    reversed = TakingsSerializer(
        help_text="Taken back by counters on this day, whenever it was paid."
    )
    to_hand_over = serializers.IntegerField(
        help_text="Below zero where more was given back than taken."
    )
    last = PaymentSerializer(allow_null=True)
