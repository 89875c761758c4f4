"""Refusals that were stored, worded again in the present language: of keys, of collective bills."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from enrollment.errors import (
    AgeNotAllowed,
    JhtRequired,
    JkkJkmRequired,
    MemberClosed,
    ProgrammeUnknown,
)
from payments.errors import (
    AlreadyPaid,
    BillCancelled,
    BillExpired,
    BillNotFound,
    BillReversed,
    BillStale,
    IncomeInvalid,
    KeyReused,
    MemberNotEligible,
    MemberNotFound,
    NothingToBridge,
    PayerDiffers,
    PayerNotFound,
    PaymentNotFound,
    ReferenceReused,
    RepeatNeedsConfirmation,
    ReversalBlockedByClaim,
    ReversalBlockedByLaterPayment,
    ReversalWindowClosed,
    ReversedBeforePosting,
    TooFarAhead,
)
from payments.worded_refusals import amount_mismatch, months_not_allowed, too_many_members
from perisai.errors import DomainError, FieldError

_WITH_WORDS: dict[str, Callable[..., DomainError]] = {
    "months_not_allowed": months_not_allowed,
    "amount_mismatch": amount_mismatch,
    "too_many_members": too_many_members,
}
# The refusals that a stored idempotency key may bring back.
_REMEMBERED: dict[str, type[DomainError]] = {
    refusal.code: refusal
    for refusal in (
        AgeNotAllowed,
        AlreadyPaid,
        BillCancelled,
        BillExpired,
        BillNotFound,
        BillReversed,
        BillStale,
        IncomeInvalid,
        JhtRequired,
        JkkJkmRequired,
        KeyReused,
        MemberClosed,
        MemberNotEligible,
        MemberNotFound,
        NothingToBridge,
        PayerDiffers,
        PayerNotFound,
        PaymentNotFound,
        ProgrammeUnknown,
        ReferenceReused,
        RepeatNeedsConfirmation,
        ReversalBlockedByClaim,
        ReversalBlockedByLaterPayment,
        ReversalWindowClosed,
        ReversedBeforePosting,
        TooFarAhead,
    )
}


MEMBERS: Final = "members"
"""Where a context names who was refused: pairs of place in the order and code."""


def refusal_of_members(first: DomainError, refused: Iterable[tuple[int, str]]) -> DomainError:
    """The first refusal of a collective bill, whose context names who gets none by their place.

    To be stored, and worded by `refusal_of`.
    """
    places = [[place, code] for place, code in refused]
    return type(first)(**{**first.context, MEMBERS: places})


def refusal_of(code: str, context: Mapping[str, Any]) -> DomainError:
    """A refusal by its stored code and context, worded in the present language.

    Raises KeyError for a code that no idempotency key can hold.
    """
    said = dict(context)
    places = said.pop(MEMBERS, [])
    with_words = _WITH_WORDS.get(code)
    refusal = with_words(**said) if with_words else _REMEMBERED[code](**said)
    refusal.errors += tuple(_member_fault(place, code) for place, code in places)
    return refusal


def title_of(code: str) -> str:
    """A stored refusal in short; an unknown code as itself."""
    known = _REMEMBERED.get(code)
    return str(known.title) if known else code


def _member_fault(place: int, code: str) -> FieldError:
    return FieldError(pointer=f"/members/{place}", code=code, detail=title_of(code))
