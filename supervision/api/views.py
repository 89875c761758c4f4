"""What an agent may ask of the figures: her own."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.services.cover_days import cover_day
from perisai import clock
from perisai.api.callers import current_device
from perisai.api.permissions import IsAgent
from perisai.months import month_of
from supervision.api.serializers import NumbersQuerySerializer, NumbersSerializer, numbers_body
from supervision.services.agent_numbers import agent_numbers


class NumbersView(APIView):
    """GET tells the caller's confirmed figures of one month."""

    permission_classes = [IsAgent]

    @extend_schema(
        operation_id="me_numbers", parameters=[NumbersQuerySerializer], responses=NumbersSerializer
    )
    def get(self, request: Request) -> Response:
        """Computed when read."""
        asked = NumbersQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        now = clock.now()
        day = cover_day(clock.official_date(now))
        month = asked.validated_data["month"] or month_of(day.as_of)
        found = agent_numbers(current_device(request).agent_id, month=month, day=day)
        return Response(numbers_body(found, as_of=now.isoformat(timespec="milliseconds")))
