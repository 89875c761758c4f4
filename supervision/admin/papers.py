"""Papers of money in the office: a bill's link and QR code, a receipt's proof and copies."""

from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from payments.models import Bill, Payment
from payments.qr import qr_svg
from payments.services.links import share_url, verify_url
from perisai import clock
from perisai.models import Role, User
from supervision.admin.scoped import Fact, Section
from supervision.admin.showing import instant

PRINTS_SHOWN: Final = 50


def bill_papers(bill: Bill, user: User) -> list[Fact]:
    """Link and QR code of a bill that any counter takes money for; of others nothing.

    Finance reads no names, and the page behind the link has initials.
    """
    is_open = bill.cancelled_at is None and not bill.is_expired(clock.now())
    if bill.made_by_partner_id is not None or not is_open or bill.payments.all():
        return []
    facts = [Fact(label=_("kode QR"), value=qr_svg(bill.code, label=_("Kode QR")))]
    if user.role == Role.FINANCE:
        return facts
    return [*facts, Fact(label=_("tautan untuk dibagikan"), value=_link(share_url(bill.code)))]


def receipt_papers(payment: Payment, user: User) -> list[Fact]:
    """Where everybody checks the receipt; not for finance, who reads no names."""
    if user.role == Role.FINANCE:
        return []
    return [Fact(label=_("pemeriksaan struk"), value=_link(verify_url(payment.receipt_no)))]


def print_section(payment: Payment) -> Section:
    """Every paper of a receipt: which terminal was given it, when, and by whom."""
    prints = payment.prints.select_related("by").order_by("copy_no")[:PRINTS_SHOWN]
    return Section(
        title=_("Cetakan struk"),
        columns=[_("nomor"), _("waktu"), _("terminal"), _("oleh")],
        rows=[
            (one.copy_no, instant(one.printed_at), one.terminal, one.by.username) for one in prints
        ],
        note=_("nomor 1 asli, selebihnya salinan"),
    )


def _link(url: str) -> SafeString:
    return format_html('<a href="{}" rel="noreferrer">{}</a>', url, url)
