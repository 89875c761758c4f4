"""Names: one field, never split into first and last (R27)."""

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext as _

from enrollment.errors import NameInvalid

LONGEST_NAME: Final = 100
_MARKS: Final = frozenset(" '.,-")
# What keyboards put for an apostrophe.
_APOSTROPHES: Final = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "`": "'"})  # noqa: RUF001
_BLANKS = re.compile(r"\s+")


def normalise_name(text: str) -> str:
    """The name as it is kept: NFC, plain apostrophes, single blanks, none at the ends.

    Letters of every script are allowed, one word is a name. Raises NameInvalid for no letter,
    more than 100 characters or any other sign; the error never repeats the name.
    """
    name = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    name = _BLANKS.sub(" ", name).strip()
    if not any(character.isalpha() for character in name):
        raise NameInvalid(_("Nama harus berisi huruf."))
    if len(name) > LONGEST_NAME:
        raise NameInvalid(_("Nama paling panjang %(longest)s huruf.") % {"longest": LONGEST_NAME})
    if not all(_is_allowed(character) for character in name):
        raise NameInvalid(_("Nama hanya berisi huruf, spasi, dan tanda ' . , -"))
    return name


def _is_allowed(character: str) -> bool:
    # A combining mark without a composed form belongs to the letter before it.
    return character in _MARKS or unicodedata.category(character)[0] in "LM"
