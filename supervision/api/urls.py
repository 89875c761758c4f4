"""Routes of this app, under /api/v1/."""

from django.urls import path

from supervision.api.views import NumbersView

urlpatterns = [path("me/numbers", NumbersView.as_view(), name="me-numbers")]
