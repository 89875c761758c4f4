"""Shapes of the work list's answers."""

from typing import Any

from rest_framework import serializers

from retention.priority import WorkKind


class FollowUpQuerySerializer(serializers.Serializer[None]):
    """What a caller may ask for."""

    kind = serializers.ChoiceField(choices=WorkKind.choices, required=False, default="")
    village = serializers.RegexField(r"^[0-9]{10}$", required=False, default="")
    cursor = serializers.CharField(required=False, default="", max_length=200)


class PriceChangeSerializer(serializers.Serializer[None]):
    """From which month the member's months cost more, in rupiah: `from` what, `to` what."""

    month = serializers.CharField()
    to = serializers.IntegerField()

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which is no name in Python."""
        return {**super().get_fields(), "from": serializers.IntegerField()}


class FollowUpSerializer(serializers.Serializer[None]):
    """One line: months are `YYYY-MM`, points are integers."""

    member_id = serializers.UUIDField()
    name = serializers.CharField()
    phone = serializers.CharField(allow_null=True)
    village_code = serializers.CharField(allow_null=True)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=WorkKind.choices))
    unpaid_since = serializers.CharField(allow_null=True)
    lapses_on = serializers.DateField(allow_null=True)
    priority = serializers.IntegerField(allow_null=True)
    priority_parts = serializers.DictField(child=serializers.IntegerField())
    price_change = PriceChangeSerializer(allow_null=True)


class FollowUpPageSerializer(serializers.Serializer[None]):
    """One page of the work list."""

    results = FollowUpSerializer(many=True)
    next = serializers.CharField(allow_null=True)
