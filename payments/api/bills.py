"""Bills that an agent asks for: her own members' alone."""

from typing import Final

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from payments.api.bill_examples import BILL_EXAMPLES
from payments.api.bill_serializers import (
    BillFilterSerializer,
    BillOrderSerializer,
    BillSerializer,
    LeftOutSerializer,
    MadeBillSerializer,
)
from payments.api.callers import idempotency_key
from payments.api.pospay import IDEMPOTENCY_KEY
from payments.errors import BillNotFound
from payments.models import Bill, BillQuerySet
from payments.services.billing import BillOutcome, cancel_bill, make_bill
from payments.services.bills import BillView, view_bill, view_bills
from payments.services.makers import AgentMaker
from payments.services.outcomes import BillMade, BillReplayed, Refused
from perisai import clock
from perisai.api.callers import current_device, current_user
from perisai.api.pagination import KeysetPagination
from perisai.api.permissions import IsAgent

MOST_LINES: Final = 50
"""How many lines a bill in a list may have, to be shown with them."""


class NewestFirst(KeysetPagination):
    """Ids of bills are in the order of their making."""

    ordering = ("-id",)


class BillListView(generics.GenericAPIView[Bill]):
    """POST makes a bill of the next months of one member or many; GET lists bills, newest first.

    Who pays is the member's own payer, or the payer of the agent's office that the order names: a
    group may be billed for who pays alone, every other payer for its own members.
    """

    permission_classes = [IsAgent]
    serializer_class = BillSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> BillQuerySet:
        """What the agent may see."""
        return _bills_of(self.request)

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=BillOrderSerializer,
        responses={201: MadeBillSerializer, 200: MadeBillSerializer},
        examples=BILL_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """201 for a new bill; 200 for the same call again, or for an equal bill that is open.

        All members or none; with `skip_refused` those who cannot be billed are in `left_out`.
        """
        key = idempotency_key(request)
        serializer = BillOrderSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        maker = AgentMaker(agent_id=current_device(request).agent_id)
        outcome = make_bill(serializer.to_order(maker, key=key), now=clock.now())
        return _answer(outcome, self.get_queryset())

    @extend_schema(
        parameters=[
            OpenApiParameter("member_id", {"type": "string", "format": "uuid"}),
            OpenApiParameter("state", str, enum=["open"]),
        ],
        responses=BillSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """A page of fifty; without the lines of bills that have more than fifty."""
        current_device(request)
        filters = BillFilterSerializer(data=request.query_params)
        filters.is_valid(raise_exception=True)
        now = clock.now()
        bills = self.get_queryset()
        if "member_id" in filters.validated_data:
            bills = bills.of_member(filters.validated_data["member_id"])
        if "state" in filters.validated_data:
            bills = bills.open(now)
        page = self.paginate_queryset(bills) or []
        shown = bills.filter(pk__in=[bill.pk for bill in page]).order_by("-id")
        return self.get_paginated_response(
            BillSerializer(view_bills(shown, now=now, most_lines=MOST_LINES), many=True).data
        )


class BillDetailView(APIView):
    """One bill of the agent's members."""

    permission_classes = [IsAgent]

    @extend_schema(responses=BillSerializer)
    def get(self, request: Request, code: str) -> Response:
        """The bill as it stands."""
        return Response(BillSerializer(_found(request, code)).data)


class BillCancelView(APIView):
    """Take an open bill back."""

    permission_classes = [IsAgent]

    @extend_schema(request=None, responses=BillSerializer)
    def post(self, request: Request, code: str) -> Response:
        """The cancelled bill; the same answer again."""
        cancel_bill(code, bills=_bills_of(request), now=clock.now(), by=current_user(request))
        return Response(BillSerializer(_found(request, code)).data)


def _bills_of(request: Request) -> BillQuerySet:
    current_device(request)
    return Bill.objects.payable_anywhere().visible_to(current_user(request))


def _found(request: Request, code: str) -> BillView:
    found = view_bill(_bills_of(request).filter(code=code), now=clock.now())
    if found is None:
        raise BillNotFound
    return found


def _answer(outcome: BillOutcome, bills: QuerySet[Bill]) -> Response:
    if isinstance(outcome, Refused):
        raise outcome.as_error()
    found = view_bill(bills.filter(pk=outcome.bill_id), now=clock.now())
    if found is None:
        raise BillNotFound
    left_out = LeftOutSerializer(outcome.left_out, many=True).data
    is_new = isinstance(outcome, BillMade)
    headers = {"Idempotency-Replayed": "true"} if isinstance(outcome, BillReplayed) else {}
    return Response(
        BillSerializer(found).data | {"left_out": left_out},
        status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        headers=headers,
    )
