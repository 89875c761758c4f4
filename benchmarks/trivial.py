"""The least that a view for agents can be, to stand beside the phone's calls."""

from django.conf import settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from config.urls import urlpatterns
from perisai.api.permissions import IsAgent
from sync.api.views import SyncView


class TrivialView(SyncView):
    """Authenticates, permits, counts the call, and says nothing."""

    permission_classes = [IsAgent]

    def get(self, request: Request) -> Response:
        """An empty object."""
        return Response({})


def lift_limit() -> None:
    """Calls of this process are counted as ever, to a limit that nobody reaches."""
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["sync"] = "1000000/min"


def serve() -> None:
    """Add the view to the product."""
    lift_limit()
    urlpatterns.append(path("api/v1/trivial", TrivialView.as_view()))
