"""Equality search over encrypted columns: keyed digests of normalised values."""

import hmac
import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from perisai.privacy.keyring import key_provider

IndexPurpose = Literal["nik", "phone", "email", "recovery"]

INDEX_BYTES = 16
WORD_BYTES = 6
MOST_WORDS = 6

APOSTROPHES = re.compile("['`\u00b4\u02bc\u2018\u2019]")  # ALI'UDIN and ALIUDIN are one name (R27)
NOT_A_LETTER = re.compile(r"[\W\d_]+")
OLD_SPELLING = (("OE", "U"), ("TJ", "C"), ("DJ", "J"), ("NJ", "NY"), ("SJ", "SY"))
MUHAMMAD = re.compile(r"M[UO](C?H|KH)AM{1,2}[AE][DT]|M[UO](C?H|HD)|MHD")
# fmt: off
TITLES = frozenset((
    "H", "HJ", "KH", "HAJI", "HAJJAH", "TN", "NY", "SDR", "SDRI", "ALM", "ALMH",
    "IR", "DR", "DRA", "DRS", "DRG", "DRH", "PROF", "BIN", "BINTI", "BT",
    "SPD", "SH", "SKOM", "SAG", "SSOS", "SSI", "SPT", "SKM", "SIP", "SHUT", "SPDI", "SEI", "SHI",
    "AMD", "AMK", "MPD", "MPDI", "MSI", "MKOM", "MM", "MAG", "MBA",
))
DEGREE_LETTERS = frozenset("SMAD")
DEGREES = frozenset((
    "PD", "PDI", "KOM", "AG", "SOS", "SI", "PT", "KM", "IP", "HUT", "MD", "MK", "KEP", "KEB",
    "FARM", "HUM", "PSI", "KES", "TR",
))
# fmt: on


def blind_index(purpose: IndexPurpose, value: str) -> bytes:
    """16 bytes that are equal when the values are: HMAC-SHA256 under the key of the purpose.

    The caller passes the normalised value: NIK digits only, phone E.164 (R26), e-mail lower case,
    recovery code in capitals without dashes, after its user's id.
    """
    return _digest(purpose, value)[:INDEX_BYTES]


def indexer(purpose: IndexPurpose) -> Callable[[str], bytes]:
    """`blind_index` for thousands of values: the key is looked up once, for work of seconds."""
    key = _key(purpose)
    return lambda value: hmac.digest(key, value.encode(), "sha256")[:INDEX_BYTES]


def name_words(name: str, *, regency_code: str) -> list[bytes]:
    """At most six 6-byte digests of a name's words, in their order, for a GIN index.

    The regency is part of the input: common words differ between regencies, and a search asks
    for the caller's own. A member who moves gets new ones.
    """
    return [_digest("name", f"{regency_code}|{word}")[:WORD_BYTES] for word in folded_words(name)]


def folded_words(name: str) -> list[str]:
    """A name's distinct words without titles, particles, single letters and old spelling."""
    words: dict[str, None] = {}
    for word in _without_degrees(_plain_words(name)):
        folded = _folded(word)
        if len(folded) > 1 and word not in TITLES:
            words[folded] = None
    return list(words)[:MOST_WORDS]


def are_alike(one: str, other: str) -> bool:
    """Whether two names may be one person's: no word of the shorter that the longer lacks.

    The words themselves are compared: their indexes differ between regencies.
    """
    fewer, more = sorted((set(folded_words(name)) for name in (one, other)), key=len)
    return bool(fewer) and fewer <= more


def _plain_words(name: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", APOSTROPHES.sub("", name))
    unmarked = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return NOT_A_LETTER.sub(" ", unmarked.upper()).split()


def _without_degrees(words: list[str]) -> list[str]:
    """Drop `S PD`, `A MD KEP` and the like, which were one degree before their dots went."""
    kept: list[str] = []
    before, is_in_degree = "", False
    for word in words:
        is_in_degree = word in DEGREES and (is_in_degree or before in DEGREE_LETTERS)
        before = word
        if not is_in_degree:
            kept.append(word)
    return kept


def _folded(word: str) -> str:
    for old, new in OLD_SPELLING:
        word = word.replace(old, new)
    return "MUHAMMAD" if MUHAMMAD.fullmatch(word) else word


def _digest(purpose: str, value: str) -> bytes:
    return hmac.digest(_key(purpose), value.encode(), "sha256")


def _key(purpose: str) -> bytes:
    keys = key_provider()
    return keys.derive("index", keys.active_id("index"), b"perisai/index/1/" + purpose.encode())
