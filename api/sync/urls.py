"""The routes of sync."""

from django.urls import path

from api.sync.views import DigestView, PullView, PushView

urlpatterns = [
    path("v1/sync/pull", PullView.as_view(), name="sync-pull"),
    path("v1/sync/push", PushView.as_view(), name="sync-push"),
    path("v1/sync/digest", DigestView.as_view(), name="sync-digest"),
]
