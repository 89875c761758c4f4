"""Rupiah as people read them."""

import pytest

from payments.rupiah import format_rupiah


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "Rp0"),
        (999, "Rp999"),
        (33_600, "Rp33.600"),
        (1_107_300, "Rp1.107.300"),
        (-8_400, "-Rp8.400"),
    ],
)
def test_points_stand_between_thousands(amount: int, text: str) -> None:
    assert format_rupiah(amount) == text
