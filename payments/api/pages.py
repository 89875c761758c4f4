"""Pages that a terminal or a phone prints: HTML with its stylesheet, no script, nothing inline."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from payments.api.callers import current_outlet
from payments.api.counter_views import CounterView
from payments.errors import BillNotFound
from payments.models import Bill, Payment
from payments.services.bill_pages import bill_page
from payments.services.receipt_prints import Printer, print_receipt
from perisai import clock
from perisai.api.callers import current_token, current_user
from perisai.api.permissions import IsAgent, IsPostAgent

PAGE = {(200, "text/html"): OpenApiTypes.STR}


class PageRenderer(JSONRenderer):
    """Stands for `text/html`; what it writes itself are refusals, which stay JSON."""

    media_type = "text/html"
    charset = "utf-8"


class OneAnswer(DefaultContentNegotiation):
    """Whatever a caller accepts: a page is a page, and a refusal a problem document."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The view's only one."""
        (only,) = renderers
        return only, str(only.media_type)


class ReceiptPageView(CounterView):
    """The receipt on paper of 58 or 80 mm."""

    permission_classes = [IsPostAgent]
    renderer_classes = [PageRenderer]
    content_negotiation_class = OneAnswer
    http_method_names = ["get", "options"]  # a HEAD would count a paper that nobody has

    @extend_schema(responses=PAGE, operation_id="pospay_receipt_page")
    def get(self, request: Request, payment_id: UUID) -> HttpResponse:
        """Each answer is a paper of its own: from the second on it says that it is a copy."""
        taken = Payment.objects.known_at(current_outlet(request)).filter(pk=payment_id)
        printer = Printer(
            user_id=current_user(request).pk, terminal=current_token(request).terminal
        )
        receipt = print_receipt(taken, printer=printer, now=clock.now())
        return render(request, "payments/receipt.html", {"receipt": receipt})


class BillPageView(APIView):
    """A bill on paper of A6 or 58 mm, or on the agent's screen."""

    permission_classes = [IsAgent]
    renderer_classes = [PageRenderer]
    content_negotiation_class = OneAnswer

    @extend_schema(responses=PAGE, operation_id="bill_page")
    def get(self, request: Request, code: str) -> HttpResponse:
        """The bill as it stands; its public twin is `share_url`."""
        bills = Bill.objects.payable_anywhere().visible_to(current_user(request))
        page = bill_page(bills.filter(code=code), now=clock.now())
        if page is None:
            raise BillNotFound
        return render(request, "payments/bill.html", {"bill": page})
