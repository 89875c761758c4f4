"""Pages without a login: is this receipt genuine, and what is this bill.

Numbers cannot be tried out: each needs its proof, an unproven number is never looked up, and an
unknown one is answered like it. Neither is found by search engines or kept by anybody between.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from axes.helpers import get_client_ip_address
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from payments.services.bill_pages import shared_bill
from payments.services.proofs import receipt_shown
from perisai import clock
from perisai.api.counting import calls
from perisai.api.throttles import parsed_rate

Page = Callable[..., HttpResponse]


def public_page(page: Page) -> Page:
    """Read only, thirty a minute and address, in no cache and no index."""

    @require_safe
    @wraps(page)
    def answer(request: HttpRequest, **numbers: Any) -> HttpResponse:
        most, seconds = parsed_rate("public")
        if calls(f"public:{_digest(request)}", seconds) > most:
            response = render(request, "payments/busy.html", status=HTTPStatus.TOO_MANY_REQUESTS)
            response["Retry-After"] = str(seconds)
        else:
            response = page(request, **numbers)
        response["X-Robots-Tag"] = "noindex, nofollow"
        add_never_cache_headers(response)
        return response

    return answer


@public_page
def receipt_proof(request: HttpRequest, receipt_link: str) -> HttpResponse:
    """Whether a receipt is genuine, and whether its payment still stands."""
    payment = receipt_shown(receipt_link)
    if payment is None:
        return _unknown(request)
    return render(request, "payments/proof.html", {"payment": payment})


@public_page
def bill(request: HttpRequest, bill_link: str) -> HttpResponse:
    """A bill that somebody was sent."""
    found = shared_bill(bill_link, now=clock.now())
    if found is None:
        return _unknown(request)
    return render(request, "payments/bill.html", {"bill": found})


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, "payments/unknown.html", status=HTTPStatus.NOT_FOUND)


def _digest(request: HttpRequest) -> str:
    """The caller's address, which is nobody else's business in a cache."""
    address = get_client_ip_address(request) or ""
    return salted_hmac("payments.public", address, algorithm="sha256").hexdigest()[:32]
