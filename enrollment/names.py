"""Names: one field, never split into first and last, compared without case and marks (R27)."""

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext as _

from enrollment.errors import NameInvalid

LONGEST_NAME: Final = 100
_MARKS: Final = frozenset(" '.,-")
# What keyboards put for an apostrophe; the modifier letter counts as a letter and would not fold.
_APOSTROPHES: Final = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "`": "'"})  # noqa: RUF001
_BLANKS = re.compile(r"\s+")
_NOT_COMPARED = re.compile(r"['.,-]")


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


def fold_name(name: str) -> str:
    """The form in which names are compared: `MUH. ALI'UDIN` and `muh aliudin` are equal."""
    # Casefold before upper: "ẞ" and "ß" would otherwise keep two upper-case forms. It may bring
    # forth an apostrophe, so marks go after it.
    plain = unicodedata.normalize("NFC", name).casefold().upper().translate(_APOSTROPHES)
    words = _BLANKS.sub(" ", _NOT_COMPARED.sub("", plain)).strip()
    return unicodedata.normalize("NFC", words)


def _is_allowed(character: str) -> bool:
    # A combining mark without a composed form belongs to the letter before it.
    return character in _MARKS or unicodedata.category(character)[0] in "LM"
