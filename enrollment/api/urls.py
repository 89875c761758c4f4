"""Routes of this app, under /api/v1/."""

from django.urls import path

from enrollment.api.requests import SubjectRequestView
from enrollment.api.views import MemberListView, MemberSearchView, MemberView

urlpatterns = [
    path("members", MemberListView.as_view(), name="members"),
    path("members/search", MemberSearchView.as_view(), name="member-search"),
    path("members/<uuid:member_id>", MemberView.as_view(), name="member"),
    path(
        "members/<uuid:member_id>/subject-requests",
        SubjectRequestView.as_view(),
        name="subject-requests",
    ),
]
