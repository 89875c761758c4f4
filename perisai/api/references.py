"""Reference files: which there are for this agent, and each content under an address for ever."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from perisai.api.callers import current_device
from perisai.api.permissions import Anyone, IsLimitedAgent
from perisai.services.reference_files import listing_for, reference_file

FOR_EVER = "public, max-age=31536000, immutable"
TAG = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)


class ReferenceLineSerializer(serializers.Serializer[object]):
    """One file: another content has another digest and another address."""

    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()
    bytes = serializers.IntegerField(min_value=0)
    url = serializers.CharField()


class ReferenceListSerializer(serializers.Serializer[object]):
    """The files for the agent's regencies, and those for everybody."""

    files = ReferenceLineSerializer(many=True)


class ReferenceListView(APIView):
    """GET lists the reference files; 304 while nothing of them changed."""

    permission_classes = [IsLimitedAgent]

    @extend_schema(
        parameters=[TAG],
        responses={
            200: ReferenceListSerializer,
            304: OpenApiResponse(description="Nothing changed."),
        },
    )
    def get(self, request: Request) -> Response:
        """The list, under the digest that the configuration names."""
        device = current_device(request, may_be_limited=True)
        listing = listing_for(device.agent_id)
        tag = f'"{listing.sha256}"'
        if _knows(request, tag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        return Response(listing.body(), headers={"ETag": tag})


class ReferenceFileView(APIView):
    """GET answers one content, to anybody, and the same for ever."""

    authentication_classes = []
    permission_classes = [Anyone]
    throttle_classes = []  # caches answer it, and phones of one carrier share an address

    @extend_schema(
        parameters=[TAG],
        responses={
            200: OpenApiTypes.OBJECT,
            304: OpenApiResponse(description="The same as ever."),
        },
    )
    def get(self, request: Request, name: str, digits: str) -> HttpResponse:
        """The bytes as they were published."""
        file = reference_file(name, digits)
        headers = {"ETag": f'"{file.sha256}"', "Cache-Control": FOR_EVER}
        if _knows(request, headers["ETag"]):
            return HttpResponse(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return HttpResponse(file.content, content_type="application/json", headers=headers)


def _knows(request: Request, tag: str) -> bool:
    return request.headers.get("If-None-Match", "").strip().removeprefix("W/") == tag
