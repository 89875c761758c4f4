"""Shapes of an agent's own figures."""

from datetime import date
from typing import Any

from rest_framework import serializers

from enrollment.cover import CoverState
from perisai.months import parse_month
from supervision.services.agent_numbers import STATES, AgentNumbers


class NumbersQuerySerializer(serializers.Serializer[None]):
    """Which month; none: the present one."""

    month = serializers.CharField(required=False, default="", max_length=7)

    def validate_month(self, text: str) -> date | None:
        """As a month."""
        if not text:
            return None
        try:
            return parse_month(text)
        except ValueError as fault:
            raise serializers.ValidationError(str(fault), code="month_required") from fault


class ContributionsSerializer(serializers.Serializer[None]):
    """Cover months and whole rupiah."""

    count = serializers.IntegerField()
    amount = serializers.IntegerField()


class WorkSerializer(serializers.Serializer[None]):
    """Members on the work list today; follow-ups of the month that are done."""

    open = serializers.IntegerField()
    done = serializers.IntegerField()


class OperationsSerializer(serializers.Serializer[None]):
    """What waits, and what was refused in the month."""

    conflict = serializers.IntegerField()
    blocked = serializers.IntegerField()
    rejected = serializers.IntegerField()


class ActivitySerializer(serializers.Serializer[None]):
    """Today's full months without result; of who is warned, when a review would begin (R31)."""

    idle_months = serializers.IntegerField()
    warned = serializers.BooleanField()
    review_on = serializers.DateField(allow_null=True)


class MembersSerializer(serializers.Serializer[None]):
    """Live members by cover state."""

    def get_fields(self) -> dict[str, Any]:
        """One of each state."""
        return {CoverState(state).value: serializers.IntegerField() for state in STATES}


class NumbersSerializer(serializers.Serializer[None]):
    """Confirmed figures alone: what a phone has not sent is in none of them."""

    as_of = serializers.DateTimeField()
    book_version = serializers.IntegerField()
    members = MembersSerializer()
    new_this_month = serializers.IntegerField()
    contributions = ContributionsSerializer()
    incentive_estimate = serializers.IntegerField(
        allow_null=True, help_text="Null: no incentive scheme is kept yet."
    )
    follow_ups = WorkSerializer()
    ops = OperationsSerializer()
    activity = ActivitySerializer()


def numbers_body(found: AgentNumbers, *, as_of: str) -> dict[str, Any]:
    """The figures as the phone reads them."""
    return {
        "as_of": as_of,
        "book_version": found.book_version,
        "members": {state.value: n for state, n in found.members.items()},
        "new_this_month": found.new_in_month,
        "contributions": {"count": found.contributions, "amount": found.rupiah},
        "incentive_estimate": None,
        "follow_ups": {"open": found.follow_ups_open, "done": found.follow_ups_done},
        "ops": dict(found.operations),
        "activity": {
            "idle_months": found.standing.months,
            "warned": found.standing.is_warned,
            "review_on": found.standing.review_on,
        },
    }
