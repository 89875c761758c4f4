"""The Damm check digit: finds every single wrong digit and every swap of two neighbours.

Used by our provisional KPJ (R10) and by bill codes, and written nowhere else.
"""

# A totally anti-symmetric quasigroup of order ten with zeros on its diagonal.
_TABLE: tuple[str, ...] = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_digit(digits: str) -> str:
    """The digit that, appended to ASCII `digits`, makes `is_sound()` true.

    Raises ValueError for anything but ASCII digits.
    """
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("a check digit is computed over ASCII digits")
    interim = "0"
    for digit in digits:
        interim = _TABLE[int(interim)][int(digit)]
    return interim


def is_sound(number: str) -> bool:
    """Whether the last digit of a number is the check digit of the ones before it."""
    return number.isascii() and number.isdigit() and check_digit(number) == "0"
