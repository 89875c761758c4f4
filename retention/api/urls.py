"""Routes of this app, under /api/v1/."""

from django.urls import path

from retention.api.views import FollowUpListView

urlpatterns = [path("follow-ups", FollowUpListView.as_view(), name="follow-ups")]
