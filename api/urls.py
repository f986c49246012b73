"""All routes, in one place."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views.audit import AuditHeadsView
from api.health import Healthz, Readyz
from api.meta import MetaView
from api.metrics import Metrics
from api.resources import record_urls

urlpatterns: list[URLPattern | URLResolver] = [
    *record_urls(),
    path("healthz", Healthz.as_view()),
    path("readyz", Readyz.as_view()),
    path("metrics", Metrics.as_view()),
    path("v1/meta", MetaView.as_view()),
    path("", include("api.docs")),
    path("", include("api.sync.urls")),
    path(".well-known/audit-heads.json", AuditHeadsView.as_view()),
    path("v1/", include("accounts.urls")),
    path("", include("media.urls")),
    path("", include("activities.patrols.urls")),
    path("", include("activities.pledges.urls")),
    path("", include("activities.shifts.urls")),
    path("", include("activities.observations.urls")),
    path("", include("activities.tips.urls")),
    path("admin", include("accounts.site.urls")),
]

handler400 = "api.problems.handler.handler400"
handler403 = "api.problems.handler.handler403"
handler404 = "api.problems.handler.handler404"
handler500 = "api.problems.handler.handler500"
