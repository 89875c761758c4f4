"""Bodies: nothing unknown, nothing bent into another type."""

from typing import Any

import pytest
from rest_framework import serializers

from perisai.api.serializers import InstantField, StrictSerializer


class InnerSerializer(StrictSerializer):
    """A nested object."""

    size = serializers.IntegerField()


class BodySerializer(StrictSerializer):
    """One member of each sort."""

    text = serializers.CharField(required=False)
    secret = serializers.CharField(required=False, trim_whitespace=False)
    count = serializers.IntegerField(required=False, allow_null=True)
    flag = serializers.BooleanField(required=False)
    months = serializers.ListField(child=serializers.IntegerField(), required=False)
    inner = InnerSerializer(required=False)


def codes(body: Any) -> Any:
    serializer = BodySerializer(data=body)
    assert not serializer.is_valid()
    return serializer.errors


@pytest.mark.parametrize(
    ("body", "member", "code"),
    [
        ({"lain": 1}, "lain", "unknown_field"),
        ({"count": "1"}, "count", "invalid"),
        ({"count": 1.0}, "count", "invalid"),
        ({"count": True}, "count", "invalid"),
        ({"count": 2**53 + 1}, "count", "invalid"),
        ({"flag": 1}, "flag", "invalid"),
        ({"flag": "true"}, "flag", "invalid"),
        ({"text": 5}, "text", "invalid"),
        ({"text": "a\nb"}, "text", "invalid"),
        ({"text": "a\u202eb"}, "text", "invalid"),
        ({"text": "a\ud800"}, "text", "invalid"),
        ({"months": ["1"]}, "months", "invalid"),
        ({"months": [1, 2.0]}, "months", "invalid"),
    ],
)
def test_odd_member_is_refused(body: dict[str, Any], member: str, code: str) -> None:
    assert [fault.code for fault in codes(body)[member]] == [code]


def test_unknown_member_of_a_nested_object_is_refused() -> None:
    found = codes({"inner": {"size": 1, "status": "paid"}})
    assert [fault.code for fault in found["inner"]["status"]] == ["unknown_field"]


def test_all_faults_are_named_at_once() -> None:
    assert set(codes({"lain": 1, "count": "1", "flag": 0})) == {"lain", "count", "flag"}


@pytest.mark.parametrize("body", [[], "x", 5, None])
def test_what_is_no_object_is_refused(body: Any) -> None:
    assert codes(body)


def test_right_body_passes_in_normal_form() -> None:
    composed, decomposed = "\u00e9", "e\u0301"
    body = {
        "text": decomposed,
        "secret": f" {decomposed}",
        "count": None,
        "flag": True,
        "months": [1, 3],
        "inner": {"size": 2**53},
    }
    serializer = BodySerializer(data=body)
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data == body | {"text": composed}


def test_instant_is_written_in_utc_with_milliseconds() -> None:
    field = InstantField()
    instant = field.to_internal_value("2026-11-20T10:15:02.113987+07:00")
    assert field.to_representation(instant) == "2026-11-20T03:15:02.113Z"
