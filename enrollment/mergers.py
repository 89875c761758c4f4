"""What goes with a member who was recorded twice: her files."""

from enrollment.merging import Merge, merges
from enrollment.services.member_files import merge_files


@merges
def files(merge: Merge) -> None:
    """The photographs of the row that ends."""
    merge_files(merge.losing_id, merge.winning_id)
