"""Routes of this app, under /api/v1/."""

from django.urls import path

from payments.api import bill_codes, bills, pages, payers

urlpatterns = [
    path("payers", payers.PayerListView.as_view(), name="payers"),
    path("bill-codes", bill_codes.BillCodeListView.as_view(), name="bill-codes"),
    path("bills", bills.BillListView.as_view(), name="bills"),
    path("bills/<str:code>", bills.BillDetailView.as_view(), name="bill"),
    path("bills/<str:code>/page", pages.BillPageView.as_view(), name="bill-page"),
    path("bills/<str:code>/cancel", bills.BillCancelView.as_view(), name="bill-cancel"),
]
