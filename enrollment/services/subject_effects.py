"""What follows when a request is granted, by its kind; joins the decision's transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from enrollment.models import LimitKind, RequestKind, SubjectRequest
from enrollment.services.processing_limits import set_limit
from perisai.models import User
from sync.services.book import Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A granted request, who granted it, when, and where the phones are told."""

    request: SubjectRequest
    by: User
    now: datetime
    changes: Changes


Effect = Callable[[Decided], None]


def _nothing(decided: Decided) -> None:
    """It was done before: the copy handed over, the correction made, the person forgotten."""


def _restrict(decided: Decided) -> None:
    set_limit(
        decided.request,
        LimitKind.RESTRICTION,
        by=decided.by,
        now=decided.now,
        changes=decided.changes,
    )


def _stop_scoring(decided: Decided) -> None:
    set_limit(
        decided.request,
        LimitKind.NO_SCORING,
        by=decided.by,
        now=decided.now,
        changes=decided.changes,
    )


EFFECTS: Final[Mapping[RequestKind, Effect]] = {
    RequestKind.ACCESS: _nothing,
    RequestKind.COPY: _nothing,
    RequestKind.CORRECTION: _nothing,
    RequestKind.ERASURE: _nothing,
    RequestKind.RESTRICTION: _restrict,
    RequestKind.OBJECTION: _stop_scoring,
    RequestKind.WITHDRAWAL: _nothing,
}
