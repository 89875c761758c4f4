"""Rupiah in templates."""

from django import template

from payments.rupiah import format_rupiah

register = template.Library()


@register.filter
def rupiah(amount: int) -> str:
    """`33600` as `Rp33.600`."""
    return format_rupiah(amount)
