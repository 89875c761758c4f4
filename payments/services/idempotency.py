"""Keys of callers: insert, then look. The unique constraint decides who was first, for ever."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from payments.models import IdempotencyKey
from payments.services.outcomes import Refused

# Whoever must be alone waits before the key: whatever it looks at next, it sees what the other did.
CLAIM_KEY = """
    WITH waited AS MATERIALIZED (
        SELECT pg_advisory_xact_lock(hashtextextended(%(alone)s, 0)) WHERE %(alone)s <> ''
    )
    INSERT INTO payments_idempotencykey (caller, operation, key, fingerprint, outcome, context)
    SELECT %(caller)s, %(operation)s, %(key)s, %(fingerprint)s, '', '{}'
    FROM (SELECT count(*) FROM waited) AS once
    ON CONFLICT ON CONSTRAINT idempotency_key_once_per_caller DO NOTHING
    RETURNING id
"""
BE_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%(alone)s, 0))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a caller asks for under a key; `alone`: with nobody beside it who names the same."""

    caller: str
    operation: str
    key: str
    content: str
    alone: str = ""

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of what the request is about; never of its spelling."""
        return hashlib.sha256(f"{self.operation}|{self.content}".encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What the first request under the key came to: a payment, else a bill, else `refused`.

    `refused` bears the context of any outcome.
    """

    is_same: bool
    payment_id: UUID | None
    bill_id: UUID | None
    refused: Refused


def alone_with(partner_id: int, reference: str) -> str:
    """What a payment and its reversal both name: one of them is first, and the other sees it."""
    return f"payments.reference:{partner_id}:{reference}"


def be_alone(partner_id: int, reference: str) -> None:
    """Wait for whoever works on the reference, and keep others out until COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute(BE_ALONE, {"alone": alone_with(partner_id, reference)})


def claim_key(claim: Claim) -> int | Earlier:
    """The id of a new row, to be concluded in this transaction; or what came earlier.

    A running twin is waited for, at most as long as the transaction waits for a lock.
    """
    parameters: dict[str, str | bytes] = {
        "caller": claim.caller,
        "operation": claim.operation,
        "key": claim.key,
        "fingerprint": claim.fingerprint,
        "alone": claim.alone,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_KEY, parameters)
        claimed = cursor.fetchone()
    return int(claimed[0]) if claimed else _earlier(claim)


def conclude_with_refusal(key_id: int, refused: Refused) -> None:
    """Let the key remember a final refusal."""
    _conclude(key_id, outcome=refused.code, context=json.loads(json.dumps(refused.context)))


def conclude_with_bill(key_id: int, bill_id: UUID, *, context: Mapping[str, Any]) -> None:
    """Let the key remember the bill that it got, and JSON values that the answer needs again."""
    _conclude(key_id, outcome="made", bill_id=bill_id, context=context)


def conclude_with_payment(key_id: int, payment_id: UUID, *, bill_id: UUID | None) -> None:
    """Let the key remember the payment that had been taken back before."""
    _conclude(key_id, outcome="reversed", bill_id=bill_id, payment_id=payment_id)


def _conclude(
    key_id: int,
    *,
    outcome: str,
    context: Mapping[str, Any] | None = None,
    bill_id: UUID | None = None,
    payment_id: UUID | None = None,
) -> None:
    IdempotencyKey.objects.filter(pk=key_id).update(
        outcome=outcome, context=dict(context or {}), bill_id=bill_id, payment_id=payment_id
    )


def _earlier(claim: Claim) -> Earlier:
    row = IdempotencyKey.objects.get(caller=claim.caller, operation=claim.operation, key=claim.key)
    return Earlier(
        is_same=bytes(row.fingerprint) == claim.fingerprint,
        payment_id=row.payment_id,
        bill_id=row.bill_id,
        refused=Refused(code=row.outcome, context=row.context),
    )
