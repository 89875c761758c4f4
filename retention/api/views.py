"""The agent's work list online; offline the phone derives the same one."""

from collections.abc import Mapping

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from perisai import clock
from perisai.api.callers import current_device
from perisai.api.permissions import IsAgent
from perisai.months import format_month
from retention.api.paging import page_after
from retention.api.serializers import FollowUpPageSerializer, FollowUpQuerySerializer
from retention.price_steps import PriceStep
from retention.services.follow_ups import WorkLine, with_people, work_list


class FollowUpListView(APIView):
    """GET lists the caller's members who need a visit today, the most urgent first."""

    permission_classes = [IsAgent]

    @extend_schema(parameters=[FollowUpQuerySerializer], responses={200: FollowUpPageSerializer})
    def get(self, request: Request) -> Response:
        """One page of 50."""
        asked = FollowUpQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wish: Mapping[str, str] = asked.validated_data
        agent_id, today = current_device(request).agent_id, clock.today()
        items = work_list(agent_id, as_of=today, kind=wish["kind"], village_code=wish["village"])
        page, cursor = page_after(items, wish["cursor"])
        lines = with_people(page, agent_id=agent_id, as_of=today)
        return Response(
            {
                "results": [_line(line) for line in lines],
                "next": _next_url(request, cursor),
            }
        )


def _next_url(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _line(line: WorkLine) -> dict[str, object]:
    item = line.item
    return {
        "member_id": str(item.member_id),
        "name": line.name,
        "phone": line.phone,
        "village_code": line.village_code,
        "kinds": [str(kind) for kind in item.kinds],
        "unpaid_since": format_month(item.unpaid_since) if item.unpaid_since else None,
        "lapses_on": item.lapses_on.isoformat() if item.lapses_on else None,
        "priority": item.priority,
        "priority_parts": dict(item.parts),
        "price_change": _price_change(line.price_change) if line.price_change else None,
    }


def _price_change(step: PriceStep) -> dict[str, object]:
    return {"month": format_month(step.month), "from": step.was, "to": step.becomes}
