"""Groups, sponsors and budgets that an agent may name as payers."""

from typing import ClassVar

from rest_framework import generics

from payments.api.bill_serializers import PayerSerializer
from payments.models import Payer, PayerQuerySet
from perisai import clock
from perisai.api.callers import current_device
from perisai.api.pagination import KeysetPagination
from perisai.api.permissions import IsAgent


class OldestFirst(KeysetPagination):
    """By id."""

    ordering: ClassVar[tuple[str, ...]] = ("id",)


class PayerListView(generics.ListAPIView[Payer]):
    """The payers of the agent's office whose contract runs today, in pages of fifty."""

    permission_classes = [IsAgent]
    serializer_class = PayerSerializer
    pagination_class = OldestFirst

    def get_queryset(self) -> PayerQuerySet:
        """Of the calling agent's office."""
        agent_id = current_device(self.request).agent_id
        return Payer.objects.of_agent(agent_id).paying_on(clock.today())
