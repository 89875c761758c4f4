"""Which dated rows prices came from; the triggers of `payments.models.dated` say the same."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db.models import CharField, Exists, Func, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Concat

from payments.models import (
    BillLine,
    CreditedMonth,
    Discount,
    EntryKind,
    JournalEntry,
    ProgrammeRate,
    TariffBracket,
    TariffChangeKind,
    TariffProposal,
)
from perisai.models import Decision

ALWAYS: Final = Value(datetime(1970, 1, 1, tzinfo=UTC))
WAITED: Final = timedelta(hours=1)
"""A bill that was asked for this long before a row was confirmed may have been priced by it."""


def brackets_with_use() -> QuerySet[Any]:
    """Each bracket with `is_used`, whether a bill was priced since its table is there or it gave
    credit, and with `brought_at`, when it was confirmed: null for what came with the installation.
    """
    brought = _confirmed(TariffChangeKind.BRACKETS).filter(start=_start())
    return _with_use(TariffBracket, brought, called=Concat(Value("table:"), _start()))


def table_from(start: date) -> QuerySet[TariffBracket]:
    """All brackets of a start, lowest first."""
    return TariffBracket.objects.filter(valid_from=start).order_by("min_income")


def rates_with_use() -> QuerySet[Any]:
    """Each rate with `is_used` and `brought_at`."""
    brought = _confirmed(TariffChangeKind.RATE).alias(programme=KT("details__programme"))
    brought = brought.filter(start=_start(), programme=OuterRef("programme"))
    code = Concat(Value("rate:"), OuterRef("programme"), Value(":"), _start())
    return _with_use(ProgrammeRate, brought, called=code)


def discounts_with_use() -> QuerySet[Any]:
    """Each discount with `is_used`, by a bill or by credit that it gave (R9), and `brought_at`."""
    lines = BillLine.objects.filter(
        month__gte=OuterRef("month_from"),
        month__lte=OuterRef("month_to"),
        discount_code=OuterRef("code"),
    )
    credited = JournalEntry.objects.exclude(reference="").filter(
        kind=EntryKind.DISCOUNT_CREDIT,
        reference__startswith=Concat(Value("discount:"), OuterRef("code"), Value(":")),
    )
    brought = _confirmed(TariffChangeKind.DISCOUNT).alias(code=KT("details__code"))
    return Discount.objects.annotate(
        brought_at=_newest(brought.filter(code=OuterRef("code"))),
        is_used=Q(Exists(lines)) | Q(Exists(credited)),
    )


def _with_use(model: type[Model], brought: QuerySet[Any], *, called: Concat) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._default_manager.annotate(brought_at=_newest(brought))
    lines = BillLine.objects.filter(
        month__gte=OuterRef("valid_from"),
        bill__created_at__gte=Coalesce(OuterRef("brought_at") - WAITED, ALWAYS),
    )
    credited = CreditedMonth.objects.filter(discount_code=called)
    used: QuerySet[Any] = rows.annotate(is_used=Q(Exists(lines)) | Q(Exists(credited)))
    return used


def _confirmed(kind: TariffChangeKind) -> QuerySet[Any]:
    confirmed = TariffProposal.objects.filter(kind=kind, decision=Decision.CONFIRMED)
    return confirmed.alias(start=KT("details__valid_from"))


def _newest(brought: QuerySet[Any]) -> Subquery:
    return Subquery(brought.order_by("-decided_at").values("decided_at")[:1])


def _start() -> Func:
    return Func(
        OuterRef("valid_from"), Value("YYYY-MM"), function="to_char", output_field=CharField()
    )
