"""Pospay: a counter takes a payment of its own back."""

from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from payments.api.callers import current_outlet, idempotency_key, taker_of
from payments.api.counter_views import CounterView
from payments.api.pospay import BUSY_SECONDS, IDEMPOTENCY_KEY
from payments.api.serializers import REFERENCE
from payments.errors import InProgress, KeyReused
from payments.models import Payment, PostAgent, ReversalReason
from payments.services.outcomes import Busy, Inconsistent, Recorded, Refused, Replayed, Reversed
from payments.services.pay_commands import Taker
from payments.services.reversal import ReverseCommand, ReverseOutcome, reverse
from perisai import clock
from perisai.api.permissions import IsPostAgent
from perisai.api.serializers import StrictSerializer

REASONS: Final = [reason for reason in ReversalReason.values if reason != ReversalReason.CORRECTION]
REPLAYED: Final = {"Idempotency-Replayed": "true"}


class ReversalRequestSerializer(StrictSerializer):
    """Exactly one of our id and the counter's reference, and why."""

    payment_id = serializers.UUIDField(required=False)
    reference = serializers.RegexField(REFERENCE, required=False)
    reason = serializers.ChoiceField(choices=REASONS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One payment."""
        if len(attrs.keys() & {"payment_id", "reference"}) != 1:
            raise serializers.ValidationError(_("Isi salah satu: payment_id atau reference."))
        return attrs

    def to_command(self, taker: Taker, *, key: str) -> ReverseCommand:
        """The wish as the service takes it."""
        said = self.validated_data
        target: str | UUID = said.get("payment_id") or said["reference"]
        reason = ReversalReason(said["reason"])
        return ReverseCommand(taker=taker, key=key, target=target, reason=reason)


class ReversalSerializer(serializers.Serializer[Any]):
    """`reversed`: the payment was taken back; `recorded`: it is refused if it still comes."""

    state = serializers.ChoiceField(choices=["reversed", "recorded"])
    payment_id = serializers.UUIDField(allow_null=True)
    reversed_at = serializers.DateTimeField(required=False)


class ReversalListView(CounterView):
    """POST takes a payment back; the same answer again, whatever the key."""

    permission_classes = [IsPostAgent]

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=ReversalRequestSerializer,
        responses=ReversalSerializer,
    )
    def post(self, request: Request) -> Response:
        """200, with `Idempotency-Replayed: true` if it had been taken back before."""
        key = idempotency_key(request)
        serializer = ReversalRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        outlet = current_outlet(request)
        command = serializer.to_command(taker_of(outlet), key=key)
        return _answer(reverse(command, now=clock.now()), outlet)


def _answer(outcome: ReverseOutcome, outlet: PostAgent) -> Response:
    """200. Raises every refusal."""
    match outcome:
        case Reversed(payment_id=payment_id):
            return _reversed(payment_id, outlet, {})
        case Replayed(payment_id=payment_id):
            return _reversed(payment_id, outlet, REPLAYED)
        case Recorded(is_repeat=is_repeat):
            body = {"state": "recorded", "payment_id": None}
            return Response(ReversalSerializer(body).data, headers=REPLAYED if is_repeat else {})
        case Refused():
            raise outcome.as_error()
        case Inconsistent():
            raise KeyReused
        case Busy():
            raise InProgress(retry_after=BUSY_SECONDS)


def _reversed(payment_id: UUID, outlet: PostAgent, headers: dict[str, str]) -> Response:
    """The payment that this partner's key stands for, as pospay-payments shows it."""
    found = Payment.objects.filter(pk=payment_id, partner=outlet.partner_id)
    reversed_at = found.values_list("reversed_at", flat=True).get()
    body = {"state": "reversed", "payment_id": payment_id, "reversed_at": reversed_at}
    return Response(ReversalSerializer(body).data, headers=headers)
