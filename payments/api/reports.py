"""What was taken: a time of a counter or partner page by page, and a terminal's day."""

from datetime import datetime
from typing import Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from payments.api.callers import current_outlet
from payments.api.counter_views import CounterView
from payments.api.report_serializers import (
    DayQuerySerializer,
    ReportQuerySerializer,
    ReportSerializer,
    TerminalDaySerializer,
)
from payments.models import Payment, PostAgent
from payments.services.reports import Period, Place, report
from payments.services.terminal_days import day_total
from perisai import clock
from perisai.api.callers import current_token
from perisai.api.pagination import read_cursor, write_cursor
from perisai.api.permissions import IsPostAgent
from perisai.errors import CursorInvalid

SALT: Final = "payments.report"


class TerminalDayView(CounterView):
    """What the clerk has to hand over."""

    permission_classes = [IsPostAgent]

    @extend_schema(
        parameters=[DayQuerySerializer],
        responses=TerminalDaySerializer,
        operation_id="pospay_terminal_day",
    )
    def get(self, request: Request) -> Response:
        """A day of the calling terminal, today unless another is named."""
        query = DayQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        outlet = current_outlet(request)
        day = query.validated_data.get("date", clock.today())
        found = day_total(outlet, current_token(request).terminal, day)
        return Response(TerminalDaySerializer(found).data)


def report_page(request: Request, outlet: PostAgent) -> Response:
    """One page of a time. Raises CursorInvalid for a cursor of another caller or time."""
    query = ReportQuerySerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    period, cursor = query.period(), query.validated_data.get("cursor")
    salt = _salt(outlet, period)
    page = report(
        Payment.objects.at_outlet(outlet),
        period,
        after=_place(cursor, salt) if cursor else None,
        limit=query.validated_data["limit"],
        now=clock.now(),
    )
    following = _cursor(page.ended_at, salt) if page.ended_at else None
    said = {
        "count": page.count,
        "total": page.total,
        "results": page.results,
        "next": following,
        "complete_until": page.complete_until,
    }
    return Response(ReportSerializer(said).data)


def _salt(outlet: PostAgent, period: Period) -> str:
    return f"{SALT}|{outlet.pk}|{period.since.timestamp()}|{period.until.timestamp()}"


def _cursor(place: Place, salt: str) -> str:
    keys = [place.posted_at.isoformat(), str(place.payment_id), place.until.isoformat()]
    return write_cursor(keys, salt)


def _place(cursor: str, salt: str) -> Place:
    keys = read_cursor(cursor, salt)
    if len(keys) != 3:  # noqa: PLR2004  an instant, an id, and the end of the report
        raise CursorInvalid
    posted_at, payment_id, until = map(str, keys)
    return Place(
        posted_at=datetime.fromisoformat(posted_at),
        payment_id=UUID(payment_id),
        until=datetime.fromisoformat(until),
    )
