"""`GET /v1/retention`: what is kept, why, for how long, and what the purge did lately."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import AuditEvent
from accounts.rights import require_somewhere
from api.fields import AnyObject, Flag, ListOf, Moment, Nested, Text
from api.retention import kept_tables
from api.views import ApiView

RUNS_TOLD = 50


class RetainedTable(Nested):
    """A table of personal data, in both languages."""

    table = Text(max_length=80)
    purpose_vi = Text(max_length=500)
    purpose_en = Text(max_length=500)
    basis_vi = Text(max_length=500)
    basis_en = Text(max_length=500)
    kept_vi = Text(max_length=500)
    kept_en = Text(max_length=500)
    purged = Flag()


class PurgeRun(Nested):
    """What one run deleted."""

    at = Moment()
    rows = AnyObject()


class Retention(serializers.Serializer):
    """What is kept, and what went."""

    tables = ListOf(child=RetainedTable())
    runs = ListOf(child=PurgeRun())


class RetentionView(ApiView):
    """`GET /v1/retention`."""

    transaction = "look"

    @extend_schema(
        operation_id="retention",
        tags=["audit_events"],
        responses=Retention,
        extensions={"x-problems": ["forbidden"]},
    )
    def get(self, request: Request) -> Response:
        """What personal data is kept, why and for how long; and what was deleted, when."""
        require_somewhere(self.actor, {"admin"})
        runs = AuditEvent.objects.filter(name="purge.finished").order_by("-at")[:RUNS_TOLD]
        return Response(
            {
                "tables": [
                    {
                        "table": each.table,
                        "purpose_vi": each.purpose.vi,
                        "purpose_en": each.purpose.en,
                        "basis_vi": each.basis.vi,
                        "basis_en": each.basis.en,
                        "kept_vi": each.kept.vi,
                        "kept_en": each.kept.en,
                        "purged": each.condition is not None,
                    }
                    for each in kept_tables()
                ],
                "runs": [{"at": run.at, "rows": run.details["rows"]} for run in runs],
            }
        )
