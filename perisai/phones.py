"""Phone numbers as people write them, kept as E.164 (R26).

Only Indonesian mobile numbers are accepted. The operator is never derived from the prefix: a
number keeps its prefix when it changes the operator.
"""

import re
from typing import Final

from django.utils.translation import gettext as _
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    format_number,
    is_valid_number_for_region,
    number_type,
    parse,
)

from perisai.errors import PhoneInvalid

REGION: Final = "ID"
# What phones put before a number when it is copied from a contact or a chat.
_LINK = re.compile(r"^\s*(?:tel:|(?:https?://)?wa\.me/)", re.IGNORECASE)
_LONGEST_TEXT: Final = 40


def normalise_phone(text: str) -> str:
    """The E.164 form of an Indonesian mobile number, for example `+6281234567890`.

    Blanks, dashes, dots, parentheses and digits of other scripts are understood. The library
    drops trailing letters and accepts extensions, so both are refused here. Raises PhoneInvalid,
    which never repeats the number.
    """
    bare = _LINK.sub("", text, count=1)
    if len(bare) > _LONGEST_TEXT or any(character.isalpha() for character in bare):
        raise _refusal()
    try:
        number = parse(bare, REGION)
    except NumberParseException:
        # Without its cause: the library's message may quote the number.
        raise _refusal() from None
    if not _is_indonesian_mobile(number):
        raise _refusal()
    return format_number(number, PhoneNumberFormat.E164)


def _is_indonesian_mobile(number: PhoneNumber) -> bool:
    return (
        number.extension is None
        and is_valid_number_for_region(number, REGION)
        and number_type(number) == PhoneNumberType.MOBILE
    )


def _refusal() -> PhoneInvalid:
    return PhoneInvalid(_("Bukan nomor ponsel Indonesia yang berlaku."))
