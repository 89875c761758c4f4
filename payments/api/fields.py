"""Fields of this app's contract: months, instants with an offset, codes."""

from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from payments.bill_code import is_bill_code
from perisai.months import format_month


@extend_schema_field(OpenApiTypes.STR)
class MonthField(serializers.Field[date, str, str, date]):
    """A month that is shown as `2026-11`."""

    def to_representation(self, value: date) -> str:
        """`YYYY-MM`."""
        return format_month(value)


class InstantWithOffsetField(serializers.DateTimeField):
    """An instant with its offset; one without is nobody's time."""

    def to_internal_value(self, value: Any) -> datetime:
        """An aware instant. Raises ValidationError."""
        try:
            instant = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")
        return instant


class MonthsField(serializers.IntegerField):
    """A number of months; which are offered is a rule of bills."""

    def fail(self, key: str, **kwargs: Any) -> Any:
        """`null` is a wrong number here, not an absent one."""
        return super().fail("invalid" if key == "null" else key, **kwargs)


class BillCodeField(serializers.RegexField):
    """A bill code: its check digit is proved without any look-up."""

    default_error_messages = {"code": _("Kode bayar tidak sah.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(r"\A[0-9]{16}\Z", **options)

    def to_internal_value(self, data: Any) -> str:
        """Sixteen digits. Raises ValidationError."""
        code: str = super().to_internal_value(data)
        if not is_bill_code(code):
            self.fail("code")
        return code
