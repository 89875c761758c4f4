"""Routes that anybody opens from paper or from a message, under /."""

from django.urls import path

from payments.api import public

urlpatterns = [
    path("k/<str:receipt_link>", public.receipt_proof, name="receipt-proof"),
    path("t/<str:bill_link>", public.bill, name="bill-shared"),
]
