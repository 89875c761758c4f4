"""E-mail addresses as they are kept: lower case, one at-sign, a domain with a dot."""

import re
from typing import Final

from django.utils.translation import gettext as _

from enrollment.errors import EmailInvalid

_SHAPE: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def normalise_email(text: str) -> str:
    """The address in lower case. Raises EmailInvalid, which never repeats it."""
    if not _SHAPE.fullmatch(text):
        raise EmailInvalid(_("Bukan alamat surel."))
    return text.lower()
