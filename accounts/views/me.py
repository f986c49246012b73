"""`/v1/me`: who asks, what roles that person holds, and what the phone syncs. Six queries, however much there is."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Area, Grant, Membership, Team
from accounts.scoping import SessionActor
from accounts.second_factor import is_enrolled
from accounts.views import shapes
from api.records import record_types
from api.views import ApiView


class MeView(ApiView):
    """`GET /v1/me`."""

    actor: SessionActor
    transaction = "snapshot"

    @extend_schema(operation_id="me", tags=["auth"], responses=shapes.Me)
    def get(self, request: Request) -> Response:
        """Who asks: user, memberships, grants, capabilities, and the areas that the phone syncs with their types."""
        actor = self.actor
        streams = [view for view in actor.streams() if view.types]
        grants = _grants(actor)
        wanted = {view.area_id for view in streams} | {grant.area_id for grant in grants}
        areas = {area.id: area for area in Area.objects.filter(id__in=wanted).only("id", "name", "level")}
        return Response(
            {
                "user": {
                    "id": actor.user_id,
                    "phone": actor.phone,
                    "full_name": actor.full_name,
                    "locale": actor.locale,
                },
                "second_factor": {
                    "state": "used" if actor.second_factor else "enrolled" if is_enrolled(actor.user_id) else "none",
                    "required_for": sorted({holding.role for holding in actor.withheld}),
                },
                "memberships": _memberships(actor),
                "grants": [
                    {
                        "id": grant.id,
                        "role": grant.role,
                        "area_id": grant.area_id,
                        "area_name": areas[grant.area_id].name if grant.area_id in areas else "",
                        "starts_at": grant.starts_at,
                    }
                    for grant in grants
                ],
                "capabilities": _capabilities(actor),
                "areas": [
                    {
                        "area_id": view.area_id,
                        "name": areas[view.area_id].name,
                        "level": areas[view.area_id].level,
                        "own": view.own,
                        "types": sorted(view.types),
                    }
                    for view in streams
                    if view.area_id in areas
                ],
            }
        )


def _memberships(actor: SessionActor) -> list[dict[str, object]]:
    """Those that hold now, which is what the actor was made from."""
    if not any(holding.team_id for holding in actor.holdings):
        return []
    rows = list(Membership.objects.holding().filter(user_id=actor.user_id).order_by("starts_at", "id"))
    teams = Team.objects.in_bulk([row.team_id for row in rows])
    return [
        {
            "id": row.id,
            "team_id": row.team_id,
            "team_name": teams[row.team_id].name if row.team_id in teams else "",
            "team_type": teams[row.team_id].team_type if row.team_id in teams else "",
            "area_id": row.area_id,
            "role": row.role,
            "badge_number": row.badge_number,
            "starts_at": row.starts_at,
        }
        for row in rows
    ]


def _grants(actor: SessionActor) -> list[Grant]:
    if not any(holding.team_id is None for holding in actor.holdings):
        return []
    return list(Grant.objects.holding().filter(user_id=actor.user_id).order_by("starts_at", "id"))


def _capabilities(actor: SessionActor) -> list[str]:
    """What the roles allow somewhere; where, the areas and memberships say."""
    roles = {holding.role for holding in actor.holdings}
    found = []
    for kind in record_types().values():
        allowed = {
            "read": kind.access.read,
            "write": kind.access.write,
            "write_own_team": kind.access.team_write,
            "count": kind.access.count,
        }
        found += [f"{kind.name}.{verb}" for verb, holders in allowed.items() if not holders.isdisjoint(roles)]
    return sorted(found)
