"""What goes with a member who was recorded twice: her money, and who pays for her."""

from enrollment.merging import Merge, keeps_months, merges
from payments.services.merging import are_imported_twice, merge_money
from payments.services.payers import merge_payer


@merges
def money(merge: Merge) -> None:
    """The balance of the row that ends."""
    merge_money(merge)


@merges
def payer(merge: Merge) -> None:
    """Who pays for the row that ends."""
    merge_payer(merge)


@keeps_months
def opening_cover(merge: Merge) -> bool:
    """Months that were brought in by an import."""
    return are_imported_twice(merge)
