"""Routes of this app, under /api/v1/."""

from django.urls import path

from payments.api import bills, pages, payers, pospay, reports, reversals

urlpatterns = [
    path("pospay/login", pospay.LoginView.as_view(), name="pospay-login"),
    path("pospay/inquiries", pospay.InquiryListView.as_view(), name="pospay-inquiries"),
    path("pospay/bills/<str:code>", pospay.CounterBillView.as_view(), name="pospay-bill"),
    path("pospay/payments", pospay.PaymentListView.as_view(), name="pospay-payments"),
    path(
        "pospay/payments/<uuid:payment_id>",
        pospay.PaymentDetailView.as_view(),
        name="pospay-payment",
    ),
    path(
        "pospay/payments/<uuid:payment_id>/receipt",
        pospay.ReceiptView.as_view(),
        name="pospay-receipt",
    ),
    path(
        "pospay/payments/<uuid:payment_id>/receipt.html",
        pages.ReceiptPageView.as_view(),
        name="pospay-receipt-page",
    ),
    path("pospay/reversals", reversals.ReversalListView.as_view(), name="pospay-reversals"),
    path("pospay/terminal/day", reports.TerminalDayView.as_view(), name="pospay-terminal-day"),
    path("payers", payers.PayerListView.as_view(), name="payers"),
    path("bills", bills.BillListView.as_view(), name="bills"),
    path("bills/<str:code>", bills.BillDetailView.as_view(), name="bill"),
    path("bills/<str:code>/page", pages.BillPageView.as_view(), name="bill-page"),
    path("bills/<str:code>/cancel", bills.BillCancelView.as_view(), name="bill-cancel"),
]
