"""The agent's own members, read online. Nothing is written here but by a push."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api.serializers import (
    FoundSerializer,
    ListQuerySerializer,
    MemberDetailSerializer,
    MemberSerializer,
    SearchSerializer,
    detail_body,
    found_body,
    member_body,
)
from enrollment.cover import CoverState
from enrollment.services.cover_days import cover_day
from enrollment.services.member_detail import member_detail
from enrollment.services.member_search import search_members
from enrollment.services.members import listed, members_in_state
from perisai import clock
from perisai.api.callers import current_device
from perisai.api.pagination import KeysetPagination
from perisai.api.permissions import IsAgent
from perisai.api.throttles import CallerThrottle, PersonThrottle


class MemberListView(APIView):
    """The members that the calling agent looks after, fifty a page."""

    permission_classes = [IsAgent]
    throttle_classes = [CallerThrottle]
    pagination_class = KeysetPagination

    @extend_schema(
        operation_id="members",
        parameters=[ListQuerySerializer],
        responses=MemberSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """One page, of one state and one village where they are named."""
        agent_id = current_device(request).agent_id
        query = ListQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        day = cover_day(clock.today())
        state = query.validated_data.get("state")
        members = members_in_state(
            agent_id,
            state=CoverState(state) if state else None,
            village_code=query.validated_data.get("village", ""),
            day=day,
        )
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(members, request, view=self)
        bodies = [member_body(member) for member in listed(agent_id, page, day=day)]
        return paginator.get_paginated_response(bodies)


class MemberView(APIView):
    """One member of the calling agent; any other id is unknown."""

    permission_classes = [IsAgent]
    throttle_classes = [CallerThrottle]

    @extend_schema(operation_id="member", responses=MemberDetailSerializer)
    def get(self, request: Request, member_id: UUID) -> Response:
        """The row with the rest of the form, heirs, consents and changes. The NIK stays masked."""
        agent_id = current_device(request).agent_id
        detail = member_detail(agent_id, member_id, day=cover_day(clock.today()))
        return Response(detail_body(detail))


class MemberSearchView(APIView):
    """POST, so that no personal datum stands in a URL."""

    permission_classes = [IsAgent]
    throttle_classes = [PersonThrottle]
    throttle_scope = "search"

    @extend_schema(
        operation_id="member_search", request=SearchSerializer, responses=FoundSerializer
    )
    def post(self, request: Request) -> Response:
        """At most twenty own members by NIK, phone or whole words of the name."""
        agent_id = current_device(request).agent_id
        serializer = SearchSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        day = cover_day(clock.today())
        found = search_members(serializer.to_wanted(), agent_id=agent_id, on=day.as_of)
        return Response(found_body(found, listed(agent_id, found.members, day=day)))
