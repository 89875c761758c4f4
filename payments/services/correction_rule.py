"""The form of a kind of correction: who may ask and decide, what forbids it, how it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from payments.models import Account, Correction
from perisai.models import Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a correction does to one account of those it touches.

    Signed rupiah, debit +, credit -: what its money stands at there without it, and with it.
    """

    account: Account
    before: int
    after: int


class Check(Protocol):
    """Raises NotFound for a target that the asking person may not see, or what forbids it now."""

    def __call__(self, correction: Correction, *, by: User) -> None: ...


class CarryOut(Protocol):
    """Does what was confirmed, inside the transaction of the decision; every rule is asked again.

    Raises its refusals: the decision is then taken back with everything else.
    """

    def __call__(self, correction: Correction, *, now: datetime) -> None: ...


class Preview(Protocol):
    """The accounts that it touches."""

    def __call__(self, correction: Correction) -> Sequence[Effect]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRule:
    """One kind of correction. Who decides it is never who asked for it."""

    askers: frozenset[Role]
    deciders: frozenset[Role]
    check: Check
    carry_out: CarryOut
    preview: Preview
