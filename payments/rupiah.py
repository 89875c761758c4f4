"""Whole rupiah as people read them."""


def format_rupiah(amount: int) -> str:
    """`33600` as `Rp33.600`: points between thousands, as Indonesian is written."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp{abs(amount):,}".replace(",", ".")
