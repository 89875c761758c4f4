"""Bodies checked in shape: nothing unknown, nothing bent into another type."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LARGEST = 2**53


YEARS: Final = range(1900, 9999)  # beyond them no zone can be reckoned safely


class InstantField(serializers.DateTimeField):
    """An instant as the contract writes it: UTC, milliseconds, `Z`. Reads any offset."""

    def to_internal_value(self, value: Any) -> datetime:
        """An aware instant that any zone can show. Raises ValidationError."""
        try:
            instant = super().to_internal_value(value)
        except OverflowError:
            self.fail("overflow")
        if instant.year not in YEARS:
            self.fail("overflow")
        return instant

    def to_representation(self, value: Any) -> str:
        """`2026-12-04T03:15:02.000Z`."""
        instant: datetime = value
        text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses members it does not know, and `"1"`, `1.0` or `true` where 1 is meant.

    Text is stored in NFC and has neither control signs nor signs that turn the writing round.
    """

    def to_internal_value(self, data: Any) -> Any:
        """The checked members. Raises ValidationError with one entry for each faulty member."""
        if isinstance(data, Mapping):
            faults = _unknown(data, self.fields) | _misshapen(data, self.fields)
            if faults:
                raise serializers.ValidationError(faults)
            data = {name: _composed(self.fields[name], value) for name, value in data.items()}
        return super().to_internal_value(data)


@cache
def _of(kind: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """One of each kind: the fields of a new one are copied, which outlasts the reading of a body.

    Nothing of a call is kept in it: neither `data` nor `context`.
    """
    return kind()


def checked(kind: type[StrictSerializer], body: Any) -> dict[str, Any]:
    """What a body says, as `validated_data` of a new serializer has it. Raises ValidationError."""
    said: dict[str, Any] = _of(kind).run_validation(body)
    return said


def written(kind: type[serializers.Serializer[Any]], value: Any) -> dict[str, Any]:
    """A value as `data` of a new serializer has it."""
    shown: dict[str, Any] = _of(kind).to_representation(value)
    return shown


def _unknown(data: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
    unknown = [str(name) for name in data if name not in fields]
    return {name: [ErrorDetail(_("Tidak dikenal."), code="unknown_field")] for name in unknown}


def _misshapen(data: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
    faults = {name: _fault(field, data.get(name)) for name, field in fields.items()}
    return {name: [detail] for name, detail in faults.items() if detail}


def _fault(field: Any, value: Any) -> ErrorDetail | None:
    """What is wrong with the type of one value; null and absence are the field's own matter."""
    if value is None:
        return None
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return next((found for item in value if (found := _fault(field.child, item))), None)
    if isinstance(field, serializers.IntegerField):
        is_whole = type(value) is int and abs(value) <= LARGEST
        return None if is_whole else ErrorDetail(_("Harus bilangan bulat."), code="invalid")
    if isinstance(field, serializers.BooleanField):
        return None if type(value) is bool else ErrorDetail(_("Harus ya atau tidak."), "invalid")
    if isinstance(field, serializers.CharField):
        return _text_fault(value)
    return None


def _text_fault(value: Any) -> ErrorDetail | None:
    if not isinstance(value, str):
        return ErrorDetail(_("Harus teks."), code="invalid")
    if any(sign in BIDI or unicodedata.category(sign) in {"Cc", "Cs"} for sign in value):
        return ErrorDetail(_("Memuat karakter yang tidak diizinkan."), code="invalid")
    return None


def _composed(field: Any, value: Any) -> Any:
    """Text in NFC; a password, which keeps its blanks, is compared as it was typed."""
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return [_composed(field.child, item) for item in value]
    if isinstance(value, str) and getattr(field, "trim_whitespace", True):
        return unicodedata.normalize("NFC", value)
    return value
