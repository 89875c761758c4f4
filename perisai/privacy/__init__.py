"""Personal data: encrypted fields, blind indexes, masking, proofs, and the key rings behind them.

The lowest layer: imports Django and cryptography alone. Rule: R37.
"""

from perisai.privacy.blind_index import (
    IndexPurpose,
    are_alike,
    blind_index,
    folded_words,
    indexer,
    name_words,
)
from perisai.privacy.envelope import (
    DecryptionFailed,
    Opener,
    key_id_of,
    open_json,
    open_text,
    opener,
    seal_json,
    seal_text,
    sealer,
)
from perisai.privacy.fields import (
    DESTROYED,
    EncryptedField,
    EncryptedJSONField,
    EncryptedTextField,
    HasNoByte,
    Sealed,
    UnboundValue,
)
from perisai.privacy.file_keys import new_file_key, open_file, seal_file
from perisai.privacy.keyring import KeyProvider, KeyRingError, RingPurpose, UnknownKey, key_provider
from perisai.privacy.masking import MaskKind, mask
from perisai.privacy.proofs import ProofPurpose, is_proof, proof_of

__all__ = [
    "DESTROYED",
    "DecryptionFailed",
    "EncryptedField",
    "EncryptedJSONField",
    "EncryptedTextField",
    "HasNoByte",
    "IndexPurpose",
    "KeyProvider",
    "KeyRingError",
    "MaskKind",
    "Opener",
    "ProofPurpose",
    "RingPurpose",
    "Sealed",
    "UnboundValue",
    "UnknownKey",
    "are_alike",
    "blind_index",
    "folded_words",
    "indexer",
    "is_proof",
    "key_id_of",
    "key_provider",
    "mask",
    "name_words",
    "new_file_key",
    "open_file",
    "open_json",
    "open_text",
    "opener",
    "proof_of",
    "seal_file",
    "seal_json",
    "seal_text",
    "sealer",
]
