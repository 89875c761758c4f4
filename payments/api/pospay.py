"""Pospay: what a counter may call. Amounts are whole rupiah without the fee."""

import re
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from payments.api.callers import current_outlet, idempotency_key, taker_of
from payments.api.counter_views import CounterView
from payments.api.limits import count_inquiry, count_miss
from payments.api.report_serializers import ReportQuerySerializer, ReportSerializer
from payments.api.reports import report_page
from payments.api.serializers import (
    REFERENCE,
    CounterLoginSerializer,
    InquiryRequestSerializer,
    InquirySerializer,
    PaymentNoticeSerializer,
    PaymentSerializer,
    ReceiptSerializer,
    TerminalTokenSerializer,
)
from payments.bill_code import is_bill_code
from payments.errors import (
    BillNotFound,
    FieldInvalid,
    InProgress,
    KeyReused,
    MemberNotFound,
    PaymentNotFound,
)
from payments.models import Payment, PostAgent
from payments.services.counters import issue_counter_token
from payments.services.inquiry import Inquired, Kpj, MemberRef, Nik, inquire, inquire_code
from payments.services.outcomes import (
    Busy,
    Held,
    Inconsistent,
    Posted,
    Refused,
    Replayed,
    Unknown,
)
from payments.services.payments import PaymentAnswer, payments_of_ids, view_payment
from payments.services.posting import PayOutcome, pay
from payments.services.receipts import Receipt, receipt_of
from perisai import clock
from perisai.api.callers import current_token
from perisai.api.permissions import Anyone, IsPostAgent, ReadsPayments
from perisai.api.serializers import checked, written
from perisai.api.throttles import LoginThrottle
from perisai.errors import FieldError, OutcomeUnknown
from perisai.services.logins import check_password

log = structlog.get_logger(__name__)

BUSY_SECONDS = 3
REFERENCE_SHAPE = re.compile(REFERENCE, re.ASCII)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True, pattern="^[A-Za-z0-9_-]{16,64}$"
)


class LoginView(CounterView):
    """A clerk logs in at a terminal; the terminal's earlier token ends."""

    authentication_classes = []  # a terminal may still send the token that has ended
    permission_classes = [Anyone]
    throttle_classes = [LoginThrottle]

    @extend_schema(request=CounterLoginSerializer, responses=TerminalTokenSerializer)
    def post(self, request: Request) -> Response:
        """200 with a token of twelve hours; 401 has one text for every wrong login."""
        serializer = CounterLoginSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = check_password(request, serializer.to_try())
        issued = issue_counter_token(user, serializer.validated_data["terminal_id"])
        return Response(TerminalTokenSerializer(issued).data)


class InquiryListView(CounterView):
    """What somebody has to pay. POST, so that a NIK is never in a URL or an access log."""

    permission_classes = [IsPostAgent]

    @extend_schema(request=InquiryRequestSerializer, responses=InquirySerializer)
    def post(self, request: Request) -> Response:
        """200 with a bill to pay; 404 has one body for unknown and foreign numbers."""
        serializer = InquiryRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        ref = serializer.ref()
        outlet = current_outlet(request)
        count_inquiry(outlet.pk, _number(ref))
        months = serializer.validated_data.get("months", 1)
        found = inquire(outlet.partner, ref, months, now=clock.now())
        return Response(InquirySerializer(_unless_refused(found, outlet)).data)


class CounterBillView(CounterView):
    """The same by bill code."""

    permission_classes = [IsPostAgent]

    @extend_schema(responses=InquirySerializer, operation_id="pospay_bill")
    def get(self, request: Request, code: str) -> Response:
        """200 with an open bill; 422 for a wrong check digit, without any look-up."""
        if not is_bill_code(code):
            raise FieldInvalid(errors=(FieldError(pointer="/bill_code", code="invalid"),))
        outlet = current_outlet(request)
        count_inquiry(outlet.pk, code)
        found = inquire_code(outlet.partner, code, now=clock.now())
        return Response(InquirySerializer(_unless_refused(found, outlet)).data)


class PaymentListView(CounterView):
    """POST books a payment taken at a counter; GET finds payments."""

    permission_classes = [ReadsPayments]

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=PaymentNoticeSerializer,
        responses={201: PaymentSerializer, 200: PaymentSerializer},
    )
    def post(self, request: Request) -> Response:
        """201 the first time, 200 with `Idempotency-Replayed: true` whenever it is repeated."""
        key = idempotency_key(request)
        said = checked(PaymentNoticeSerializer, request.data)
        outlet = current_outlet(request)
        terminal = current_token(request).terminal
        if said.get("terminal_id", terminal) != terminal:
            log.warning("payment_names_another_terminal", outlet=outlet.pk)
        taker = taker_of(outlet)
        command = PaymentNoticeSerializer.to_command(said, taker, key=key, terminal=terminal)
        outcome = pay(command, now=clock.now())
        if isinstance(outcome, Refused):
            _count_if_missed(outcome, outlet)
        return _answer(outcome)

    @extend_schema(
        parameters=[OpenApiParameter("reference", str), ReportQuerySerializer],
        responses=PolymorphicProxySerializer(
            component_name="PaymentOrReport",
            serializers=[PaymentSerializer, ReportSerializer],
            resource_type_field_name=None,
        ),
        operation_id="pospay_payments_read",
    )
    def get(self, request: Request) -> Response:
        """The payment with a reference; or a page of all of a time, in the order of posting."""
        outlet = current_outlet(request)
        reference = request.query_params.get("reference")
        if reference is None:
            return report_page(request, outlet)
        if REFERENCE_SHAPE.fullmatch(reference) is None:
            raise PaymentNotFound
        taken = Payment.objects.known_at(outlet).filter(reference=reference)
        return Response(PaymentSerializer(view_payment(taken)).data)

    def get_permissions(self) -> list[BasePermission]:
        """A partner's own login reads and takes nothing."""
        return [ReadsPayments()] if self.request.method == "GET" else [IsPostAgent()]


class PaymentDetailView(CounterView):
    """Status of a payment, kept for ever."""

    permission_classes = [ReadsPayments]

    @extend_schema(responses=PaymentSerializer)
    def get(self, request: Request, payment_id: UUID) -> Response:
        """One payment of this counter, or late money of its partner."""
        taken = Payment.objects.known_at(current_outlet(request)).filter(pk=payment_id)
        return Response(PaymentSerializer(view_payment(taken)).data)


class ReceiptView(CounterView):
    """The receipt of a payment."""

    permission_classes = [IsPostAgent]

    @extend_schema(responses=ReceiptSerializer)
    def get(self, request: Request, payment_id: UUID) -> Response:
        """What a counter prints."""
        taken = Payment.objects.known_at(current_outlet(request)).filter(pk=payment_id)
        return Response(_written(receipt_of(taken)))


def _number(ref: MemberRef) -> str:
    return ref.number if isinstance(ref, Kpj | Nik) else ref.code


def _unless_refused(found: Inquired | Refused, outlet: PostAgent) -> Inquired:
    """The inquiry. Raises its refusal."""
    if isinstance(found, Inquired):
        return found
    _count_if_missed(found, outlet)
    raise found.as_error()


def _count_if_missed(refused: Refused, outlet: PostAgent) -> None:
    """Numbers can be tried out by paying as well as by asking; payments are never shut out."""
    if refused.code in {MemberNotFound.code, BillNotFound.code}:
        count_miss(outlet.pk)


def _answer(outcome: PayOutcome) -> Response:
    """201 or 200 with the payment. Raises every refusal."""
    match outcome:
        case Posted() | Held():
            return _shown(outcome.answer, status.HTTP_201_CREATED, {})
        case Replayed():
            # The payment that this partner's key stands for, whichever of its counters took it.
            (found,) = payments_of_ids([outcome.payment_id])
            return _shown(found, status.HTTP_200_OK, {"Idempotency-Replayed": "true"})
        case Refused():
            raise outcome.as_error()
        case Inconsistent():
            raise KeyReused
        case Busy():
            raise InProgress(retry_after=BUSY_SECONDS)
        case Unknown():
            raise OutcomeUnknown


def _shown(answer: PaymentAnswer, status_code: int, headers: dict[str, str]) -> Response:
    return Response(
        written(PaymentSerializer, answer),
        status=status_code,
        headers={"Location": f"{_list_of_payments()}/{answer.id}"} | headers,
    )


@cache
def _list_of_payments() -> str:
    return reverse("pospay-payments")


def _written(receipt: Receipt) -> dict[str, Any]:
    more = {
        "title": receipt.title,
        "programmes": [{"code": code, "amount": amount} for code, amount in receipt.programmes],
        "credit": receipt.credit,
        "total_collected": receipt.total_collected,
        "legal_basis": receipt.legal_basis,
        "protection_until": _day(receipt.protection_until),
        "next_due_on": _day(receipt.next_due_on),
        "outlet": receipt.payment.outlet,
        "member_count": receipt.payment.member_count,
        "copy_no": receipt.copy_no,
        "verify_url": receipt.verify_url,
        "help": receipt.help,
    }
    return {**PaymentSerializer(receipt.payment).data, **more}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
