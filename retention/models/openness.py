"""When a follow-up is open: derived whenever it is read, and never stored (R16).

The same rules as `retention.priority.work_item`, as conditions on rows; a property test holds both
together. One condition is of every kind: no person closed it, the member is not closed, and it is
about the present episode and the present first unpaid month, which is none for who never paid.
"""

from datetime import date
from typing import Final

from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, LessThan

from enrollment.models import lacks_data, unrestricted
from payments.models import MemberPayer
from retention.due import DueDays
from retention.models.attempt import Attempt, deaths_not_disproved
from retention.priority import WorkKind

NO_MONTH: Final = Value(date(1, 1, 1), output_field=models.DateField())
"""Stands for the month of who never paid where two months are compared."""


class NextMonth(Func):
    """The first day of the month after a month."""

    template = "(%(expressions)s + interval '1 month')::date"
    output_field = models.DateField()


STANDS: Final = Q(
    Q(unpaid_since=NextMonth("member__paid_through"))
    | Q(unpaid_since__isnull=True, member__paid_through__isnull=True),
    closed_on=None,
    member__closed_on=None,
    episode_no=F("member__episode_no"),
)


def open_on(due: DueDays) -> Q:
    """The condition on follow-ups, for a day.

    Nobody is sent to whose data are restricted (R36), nor to whom an agent reported dead.
    """
    is_reported_dead = Exists(deaths_not_disproved("member"))
    return STANDS & _applies(due) & unrestricted("member") & Q(~is_reported_dead)


def _applies(due: DueDays) -> Q:
    return (
        Q(kind=WorkKind.ARREARS, member__paid_through__lte=due.newest)
        | Q(kind=WorkKind.FIRST_PAYMENT, member__registered_on__lte=due.registered_until)
        & Q(unpaid_since__isnull=True)
        | Q(kind=WorkKind.PROMISE_BROKEN) & _promise_is_over(due)
        | Q(kind=WorkKind.SPONSOR_ENDING) & _sponsor_is_ending(due)
        | Q(kind=WorkKind.DATA) & lacks_data("member__")
    )


def _promise_is_over(due: DueDays) -> Q:
    """The newest attempt is about this month, and the newest promise about it lies behind."""
    about: QuerySet[Attempt] = Attempt.objects.filter(member=OuterRef("member"))
    newest = about.order_by("-tried_at", "-pk").annotate(month=Coalesce("unpaid_since", NO_MONTH))
    this_month = Coalesce(OuterRef("unpaid_since"), NO_MONTH)
    promised = newest.filter(promise_on__isnull=False, month=this_month)
    return Q(
        Exact(Coalesce("unpaid_since", NO_MONTH), Subquery(newest.values("month")[:1])),
        LessThan(Subquery(promised.values("promise_on")[:1]), Value(due.as_of)),
    )


def _sponsor_is_ending(due: DueDays) -> Q:
    window = (due.sponsored_since, due.sponsored_until)
    named = MemberPayer.objects.filter(member=OuterRef("member"))
    return Q(Exists(named.filter(payer__contract_to__range=window)))
