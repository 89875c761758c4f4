"""Links that stand on paper: to a receipt's proof, to a bill that is shared.

A link holds a number of ours with its proof and nothing personal. What somebody typed from paper
is understood: small letters, groups, and signs that look like others.
"""

import re
from typing import Final

from django.conf import settings

from perisai.crockford import canonical
from perisai.privacy import ProofPurpose, is_proof, proof_of

RECEIPT_NO: Final = re.compile(r"KP[0-9]{6}[0-9A-HJKMNP-TV-Z]{8}")
CODE: Final = re.compile(r"[0-9]{16}")
MOST_SIGNS: Final = 60
"""More than anybody types for a number and its proof."""


def verify_url(receipt_no: str) -> str:
    """Where anybody who holds a receipt sees whether it is genuine."""
    return f"{settings.PUBLIC_URL}/k/{receipt_no}.{proof_of('receipt', receipt_no)}"


def share_url(code: str) -> str:
    """Where anybody who was sent the link sees a bill."""
    return f"{settings.PUBLIC_URL}/t/{code}.{proof_of('bill', code)}"


def proven_receipt_no(shown: str) -> str | None:
    """The receipt's number in `<number>.<proof>`, None unless we made the proof."""
    return _proven("receipt", RECEIPT_NO, shown)


def proven_code(shown: str) -> str | None:
    """The bill's code in `<code>.<proof>`, None unless we made the proof."""
    return _proven("bill", CODE, shown)


def _proven(purpose: ProofPurpose, shape: re.Pattern[str], shown: str) -> str | None:
    if len(shown) > MOST_SIGNS:
        return None
    number, _dot, proof = canonical(shown).partition(".")
    if shape.fullmatch(number) is None or not is_proof(purpose, number, proof):
        return None
    return number
