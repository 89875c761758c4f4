"""Sponsors whose term ends: told once per term and day, priced whenever it is read (R34, ADR 46).

A term ends with what is paid, or with the contract if that runs longer. Of groups nothing is told:
they collect from their members, who go on paying what they pay.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Count, OuterRef, Subquery

from enrollment.models import MemberOccupation
from enrollment.programmes import parse_programmes
from payments.models import MemberPayer
from payments.services.rates import rate_book
from payments.tariff import NoRate, PayerKind, PriceOf, Sector, Terms, remembered_prices
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import DomainError
from perisai.months import add_months
from perisai.services.messages import queue_all
from retention.models import SPONSOR_ENDING, SponsorAlert, falling_out
from retention.price_steps import at_its_floor, floors_of, price_spans
from retention.sponsoring import AloneLine, SponsorCliff, alerts_due, merged

log = structlog.get_logger(__name__)

# In one order, so that two at once wait for each other and never in a ring.
INSERT: Final = """
    INSERT INTO retention_sponsoralert (payer_id, last_month, days_before, members, raised_on)
    SELECT term.payer_id, term.last_month, due.days_before, term.members, %s
    FROM ({terms}) AS term (payer_id, last_month, members)
    JOIN unnest(%s::date[], %s::smallint[]) AS due (last_month, days_before) USING (last_month)
    ORDER BY term.payer_id, term.last_month
    ON CONFLICT DO NOTHING
    RETURNING id
"""
AT_ONCE: Final = timedelta(0)
Term = tuple[int, date]
"""A payer and the last month that it pays for some of its members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alike:
    """Members of a term whose price depends on the same things."""

    term: Term
    income: int | None
    programmes: tuple[str, ...]
    is_transport: bool | None
    members: int


@atomic_within(Deadline.SWEEP)
def raise_sponsor_alerts(*, as_of: date) -> int:
    """Note each term whose alert is due on a day, with its members; how many were new.

    One statement and one commit for the whole country, and the payers' contacts are told by one
    more; safe to repeat, to come late and beside itself: an alert that stands keeps its count.
    """
    due = alerts_due(as_of, settings.SPONSOR_ALERT_DAYS)
    begun = MemberPayer.objects.filter(payer__contract_from__lte=as_of)
    sponsored = begun.exclude(payer__kind=PayerKind.GROUP)
    terms = (
        falling_out(sponsored).filter(last_month__in=list(due)).values_list("payer", "last_month")
    )
    counted = terms.annotate(members=Count("pk")).order_by()
    sql, params = counted.query.sql_with_params()
    with connection.cursor() as cursor:
        values = [as_of, *params, list(due), list(due.values())]
        cursor.execute(INSERT.format(terms=sql), values)
        new = [SponsorAlert.subject_of(number) for (number,) in cursor.fetchall()]
    if new:
        queue_all(SPONSOR_ENDING, new, wait=AT_ONCE)
        log.info("sponsors_end", alerts=len(new))
    return len(new)


def sponsor_cliffs(terms: Collection[Term]) -> dict[Term, SponsorCliff]:
    """Each term as it stands now: who is left in it, and what they pay alone from then on.

    Two statements for any number of terms and members; a price is worked out once for each
    bracket, choice of programmes and sector.
    """
    wanted = set(terms)
    if not wanted:
        return {}
    rates = rate_book()
    floors, prices = floors_of(rates), remembered_prices(rates)
    lines: dict[Term, list[AloneLine]] = defaultdict(list)
    counts: dict[Term, int] = defaultdict(int)
    for alike in _alike(wanted):
        counts[alike.term] += alike.members
        line = _line(alike, floors, prices)
        lines[alike.term] += [line] if line else []
    return {term: _cliff(term, counts[term], lines[term]) for term in wanted}


def _alike(terms: set[Term]) -> Iterable[_Alike]:
    main = MemberOccupation.objects.filter(member=OuterRef("member"), is_main=True)
    named = MemberPayer.objects.filter(payer__in={payer for payer, _ in terms})
    found: Any = (
        falling_out(named)
        .filter(last_month__in={month for _, month in terms})
        .annotate(is_transport=Subquery(main.values("occupation__transport_sector")[:1]))
        .values_list(
            "payer",
            "last_month",
            "member__income_monthly",
            "member__programmes",
            "is_transport",
        )
        .annotate(members=Count("pk"))
        .order_by()
    )
    for payer, month, income, programmes, is_transport, members in found:
        if (payer, month) in terms:
            yield _Alike(
                term=(payer, month),
                income=income,
                programmes=tuple(programmes),
                is_transport=is_transport,
                members=members,
            )


def _line(alike: _Alike, floors: list[int], prices: PriceOf) -> AloneLine | None:
    """None for who lacks what a price needs."""
    if alike.income is None or alike.is_transport is None:
        return None
    terms = Terms(
        income=alike.income,
        programmes=parse_programmes(alike.programmes),
        sector=Sector.TRANSPORT if alike.is_transport else Sector.NON_TRANSPORT,
    )
    first, count = add_months(alike.term[1], 1), settings.BILL_MAX_MONTHS_AHEAD
    try:
        spans = price_spans(first, count, at_its_floor(terms, floors), prices=prices)
    except (DomainError, NoRate):
        return None
    return AloneLine(sector=terms.sector, members=alike.members, spans=spans)


def _cliff(term: Term, members: int, lines: list[AloneLine]) -> SponsorCliff:
    return SponsorCliff(
        payer_id=term[0],
        last_month=term[1],
        members=members,
        unpriced=members - sum(line.members for line in lines),
        lines=merged(lines),
    )
