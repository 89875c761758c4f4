"""What goes with a member who was recorded twice: her money."""

from enrollment.merging import Merge, merges
from payments.services.merging import merge_money


@merges
def money(merge: Merge) -> None:
    """The balance of the row that ends."""
    merge_money(merge)
