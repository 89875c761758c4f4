"""Which counter is calling, and the key that a call carries."""

import re
from typing import Final

from rest_framework.request import Request

from payments.api.authentication import counter_of
from payments.errors import IdempotencyKeyInvalid, IdempotencyKeyMissing, PartnerSuspended
from payments.models import PostAgent
from payments.services.pay_commands import Taker
from perisai.api.callers import current_token
from perisai.errors import NotFound

KEY_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")


def current_outlet(request: Request) -> PostAgent:
    """The calling counter with its partner, as its token brought it.

    Raises NotFound for a login without a counter, PartnerSuspended when either is switched off.
    """
    outlet = counter_of(current_token(request))
    if outlet is None:
        raise NotFound
    if not (outlet.is_active and outlet.partner.is_active):
        raise PartnerSuspended
    return outlet


def taker_of(outlet: PostAgent) -> Taker:
    """The counter as the posting service knows it."""
    return Taker(
        partner_id=outlet.partner_id,
        admin_fee=outlet.partner.admin_fee,
        cutoff=outlet.partner.cutoff_time,
        outlet_id=outlet.pk,
    )


def idempotency_key(request: Request) -> str:
    """The call's Idempotency-Key. Raises IdempotencyKeyMissing or IdempotencyKeyInvalid."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise IdempotencyKeyMissing
    if KEY_SHAPE.fullmatch(key) is None:
        raise IdempotencyKeyInvalid
    return key
