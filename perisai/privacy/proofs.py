"""Short proofs that a number is one of ours, for links that stand on paper.

Who holds a proof was given it by us: numbers cannot be tried out. Old keys go on proving, because
a receipt is looked up years later; only the active one makes new proofs.
"""

import hmac
from typing import Final, Literal

from perisai.crockford import encode
from perisai.privacy.keyring import key_provider

ProofPurpose = Literal["receipt", "bill"]

PROOF_LENGTH: Final = 10
"""Signs of Crockford's base 32: 50 bits."""


def proof_of(purpose: ProofPurpose, number: str) -> str:
    """The proof of a number under the active key: the head of an HMAC-SHA256."""
    return _proof(purpose, number, key_provider().active_id("proof"))


def is_proof(purpose: ProofPurpose, number: str, shown: str) -> bool:
    """Whether we made a proof for this number and purpose, with any key that the ring holds.

    Every key is tried, each in constant time: how long it takes tells nothing.
    """
    made = [_proof(purpose, number, key_id) for key_id in key_provider().key_ids("proof")]
    return sum(hmac.compare_digest(proof.encode(), shown.encode()) for proof in made) > 0


def _proof(purpose: ProofPurpose, number: str, key_id: int) -> str:
    key = key_provider().derive("proof", key_id, b"perisai/proof/1/" + purpose.encode())
    return encode(hmac.digest(key, number.encode(), "sha256"), PROOF_LENGTH)
