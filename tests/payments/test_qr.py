"""QR codes as SVG."""

import re

from payments.qr import qr_svg


def test_code_of_sixteen_digits_is_the_smallest_there_is() -> None:
    svg = qr_svg("9931419592653586", label="Kode QR")
    assert 'viewBox="0 0 29 29"' in svg  # version 1: 21 modules, and 4 around


def test_picture_is_plain_attributes_and_named_for_who_cannot_see_it() -> None:
    svg = qr_svg("https://publik.example.id/k/X", label='Kode "QR"')
    assert re.findall(r"<(\w+)", svg) == ["svg", "path", "path"]
    assert "style" not in svg
    assert 'role="img" aria-label="Kode &quot;QR&quot;"' in svg


def test_dark_modules_of_the_finder_stand_in_the_corners() -> None:
    svg = qr_svg("9931419592653586", label="")
    bars = re.findall(r"M(\d+) (\d+)h(\d+)v1", svg)
    first = [(int(x), int(length)) for x, y, length in bars if y == "4"]
    assert (first[0], first[-1]) == ((4, 7), (18, 7))
