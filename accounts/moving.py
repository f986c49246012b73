"""Moving a person to another team: what was held ends, the new place begins, and the home goes along."""

import uuid

from django.db import transaction

from accounts.events import record
from accounts.memberships import begin_membership, end_all, hold_team, known_role, not_oneself, team_for
from accounts.models import Membership, User
from accounts.rights import require_over_user
from accounts.roles import TeamRole
from api.actors import Actor, Event
from api.ids import uuid7
from api.localtime import now


def move_user(
    *,
    actor: Actor,
    user_id: uuid.UUID,
    team_id: uuid.UUID,
    role: str = "member",
    badge_number: str | None = None,
) -> None:
    """All memberships end, one in the team begins, and the team's hamlet is the home, by an admin over both sides.

    History stays where it was made, and for 30 days the phone still delivers what was made before. Whoever is in that
    team alone, in that role, stays as they are. Raises Problem `not_found`, `forbidden`, `team_dissolved`, and
    `invalid` for oneself or an unknown role.
    """
    known_role(role, TeamRole)
    require_over_user(actor, user_id)
    team = team_for(actor, team_id, role)
    not_oneself(actor, user_id)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(id=user_id)
        held = list(Membership.objects.unended().filter(user_id=user_id).order_by("id"))
        there = [m for m in held if m.team_id == team_id and m.role == role and m.ends_at is None]
        if there and len(held) == 1 and user.area_id == team.area_id:
            return
        hold_team(team_id)
        moment = now()
        end_all(actor, [m for m in held if m not in there], moment)
        if not there:
            begin_membership(actor, team, user_id, role=role, badge_number=badge_number, starts_at=moment, id=uuid7())
        User.objects.filter(id=user_id).update(area_id=team.area_id)
        details = {"team_id": team_id, "from_team_ids": [m.team_id for m in held if m not in there]}
        record(
            Event("user.moved", area_id=team.area_id, subject_type="user", subject_id=user_id, details=details),
            by=actor,
        )
