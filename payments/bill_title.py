"""What a collective bill may be called: its title stands on a page that needs no login."""

import re
import unicodedata
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

NUMBER_OF_SOMEBODY: Final = re.compile(r"\d(?:[\s.()+-]*\d){8}")
"""Nine digits, blanks and dashes apart: a phone, a KPJ, an account or a NIK. A date has eight."""


def check_title(title: str) -> None:
    """Raises ValidationError for a long number and for signs that nobody sees.

    As a validator of fields; bills that were made before keep their titles.
    """
    if any(unicodedata.category(sign).startswith("C") for sign in title):
        raise ValidationError(_("Memuat karakter yang tidak diizinkan."))
    if NUMBER_OF_SOMEBODY.search(title):
        raise ValidationError(_("Judul tampil di halaman umum: jangan memuat nomor orang."))
