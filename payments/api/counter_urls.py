"""Routes of the counters, under /api/v1/pospay/."""

from django.urls import path

from payments.api import pages, pospay, reports, reversals

urlpatterns = [
    path("login", pospay.LoginView.as_view(), name="pospay-login"),
    path("inquiries", pospay.InquiryListView.as_view(), name="pospay-inquiries"),
    path("bills/<str:code>", pospay.CounterBillView.as_view(), name="pospay-bill"),
    path("payments", pospay.PaymentListView.as_view(), name="pospay-payments"),
    path(
        "payments/<uuid:payment_id>",
        pospay.PaymentDetailView.as_view(),
        name="pospay-payment",
    ),
    path(
        "payments/<uuid:payment_id>/receipt",
        pospay.ReceiptView.as_view(),
        name="pospay-receipt",
    ),
    path(
        "payments/<uuid:payment_id>/receipt.html",
        pages.ReceiptPageView.as_view(),
        name="pospay-receipt-page",
    ),
    path("reversals", reversals.ReversalListView.as_view(), name="pospay-reversals"),
    path("terminal/day", reports.TerminalDayView.as_view(), name="pospay-terminal-day"),
]
