"""The pool of codes that an agent's phone hands out before their bills exist."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from payments.api.fields import MonthsField
from payments.models import ReservedCode
from payments.models.reserved_code import ReservedCodeQuerySet
from payments.services.reserving import (
    CodeState,
    PoolOrder,
    code_row,
    reserve_codes,
    view_codes,
)
from perisai import clock
from perisai.api.callers import current_device, current_user
from perisai.api.pagination import KeysetPagination
from perisai.api.permissions import IsAgent
from perisai.api.serializers import StrictSerializer, checked

MOST_AT_ONCE = 50


class PoolOrderSerializer(StrictSerializer):
    """Up to how many free codes of so many months this phone is to have."""

    months = MonthsField()
    count = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE)


class PoolCodeSerializer(serializers.Serializer[Any]):
    """A code that may be handed out, once."""

    code = serializers.CharField()
    months = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class PoolSerializer(serializers.Serializer[Any]):
    """All free codes of this phone, as in its configuration."""

    codes = PoolCodeSerializer(many=True)


class TakenSerializer(serializers.Serializer[Any]):
    """What was paid under a code, in rupiah."""

    amount = serializers.IntegerField()
    paid_at = serializers.DateTimeField()


class CodeSerializer(serializers.Serializer[Any]):
    """A code of the agent's, from whichever of her phones, and what came of it."""

    code = serializers.CharField()
    months = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[one.value for one in CodeState], source="state.value")
    expires_at = serializers.DateTimeField()
    member_id = serializers.UUIDField(allow_null=True)
    paid = TakenSerializer(allow_null=True)
    paid_months = serializers.IntegerField(help_text="Of the months; 0 before it is bound.")
    credited = serializers.IntegerField(help_text="Rupiah left over: the member's credit.")


class ByCode(KeysetPagination):
    """In the order of the codes, which is none of time."""

    ordering = ("code",)


class BillCodeListView(generics.GenericAPIView[ReservedCode]):
    """POST fills this phone's pool; GET tells what came of the agent's codes."""

    permission_classes = [IsAgent]
    serializer_class = CodeSerializer
    pagination_class = ByCode

    def get_queryset(self) -> ReservedCodeQuerySet:
        """The agent's own."""
        return ReservedCode.objects.visible_to(current_user(self.request))

    @extend_schema(request=PoolOrderSerializer, responses=PoolSerializer)
    def post(self, request: Request) -> Response:
        """200 with the whole pool, again and again.

        409 `too_many_codes` beyond fifty of this phone's, or 200 of all phones of the agent.
        """
        said = checked(PoolOrderSerializer, request.data)
        device = current_device(request)
        order = PoolOrder(
            device_id=device.pk,
            agent_id=device.agent_id,
            months=said["months"],
            count=said["count"],
        )
        pool = reserve_codes(order, now=clock.now())
        return Response({"codes": [code_row(code) for code in pool]})

    @extend_schema(responses=CodeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """A page of fifty."""
        current_device(request)
        page = self.paginate_queryset(self.get_queryset()) or []
        shown = view_codes(page, now=clock.now())
        return self.get_paginated_response(CodeSerializer(shown, many=True).data)
