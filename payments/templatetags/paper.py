"""Amounts, codes and QR codes on paper."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from payments.qr import qr_svg
from payments.rupiah import format_rupiah

register = template.Library()


@register.filter
def rupiah(amount: int) -> str:
    """`33600` as `Rp33.600`."""
    return format_rupiah(amount)


@register.filter
def in_fours(code: str) -> str:
    """`9931419592653586` as `9931 4195 9265 3586`."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


@register.filter
def as_typed(url: str) -> SafeString:
    """A link as somebody types it, broken before its number alone."""
    host, _slash, number = url.partition("://")[2].rpartition("/")
    return format_html("{}/<wbr>{}", host, number)


@register.simple_tag
def qr(content: str) -> SafeString:
    """The QR code of a text."""
    return qr_svg(content, label=_("Kode QR"))
