"""Teams as services: founded, changed, closed.

Teams and memberships are records: they change through the engine, so phones get them by pull.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.memberships import end_all, put, team_of
from accounts.models import Area, Membership, Team
from accounts.rights import require_in
from accounts.roles import TeamStatus
from api.actors import Actor
from api.ids import uuid7
from api.problems import FieldError, Problem
from api.records import Wire, record_types
from api.sync.changes import Change, Outcome
from api.sync.engine import write_one


def create_team(
    *,
    actor: Actor,
    area_id: uuid.UUID,
    team_type: str,
    name: str,
    founding_decision: str | None = None,
    founded_on: dt.date | None = None,
    id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A team of a hamlet, by an admin; the id of the team.

    Raises Problem `not_found`, `forbidden`, and `already_exists` for an id under which something else was made.
    """
    data = {
        "team_type": team_type,
        "name": name,
        "founding_decision": founding_decision,
        "founded_on": founded_on.isoformat() if founded_on else None,
    }
    return uuid.UUID(str((found_team(actor=actor, area_id=area_id, data=data, id=id).record or {})["id"]))


def found_team(*, actor: Actor, area_id: uuid.UUID, data: Wire, id: uuid.UUID | None = None) -> Outcome:
    """The same from the wire form of what the team is. A repeat with the same id and content is `unchanged`."""
    require_in(actor, area_id, {"admin"})
    if not Area.objects.filter(id=area_id, level="hamlet", deleted_at=None, valid_to=None).exists():
        raise Problem("invalid", errors=[FieldError("/area_id", "not_found")])
    return put(actor, "team", id or uuid7(), area_id, {**data, "status": TeamStatus.ACTIVE.value})


def change_team(*, actor: Actor, team_id: uuid.UUID, data: Wire, expected_version: int) -> Outcome:
    """Another name, type, decision, day or status, by an admin. A team ends by `close_team` and begins again by none.

    Raises Problem `not_found`, `forbidden`, `precondition_failed`, `team_dissolved`, and `invalid` for the status.
    """
    team = team_of(team_id)
    require_in(actor, team.area_id, {"admin"})
    if team.status == TeamStatus.DISSOLVED:
        raise Problem("team_dissolved")
    if data.get("status") == TeamStatus.DISSOLVED:
        raise Problem("invalid", errors=[FieldError("/status", "closed_by_command")])
    change = Change("team", team_id, "patch", team.area_id, dict(data), expected_version=expected_version, system=True)
    return write_one(actor, change)


@dataclass(frozen=True)
class Closing:
    """What the end of a team means: how many memberships end, and how many records of each type are the team's."""

    memberships: int
    records: Mapping[str, int]


def close_team(*, actor: Actor, team_id: uuid.UUID, dry_run: bool = False) -> Closing:
    """The team is dissolved and all memberships end, by an admin; its records stay. Closing it again changes nothing.

    Its people keep their home in the hamlet, and deliver for 30 days what they made before.
    """
    team = team_of(team_id)
    require_in(actor, team.area_id, {"admin"})
    with transaction.atomic():
        # Held, so that nobody is taken in meanwhile.
        Team.objects.select_for_update(no_key=True).get(id=team_id)
        memberships = list(Membership.objects.unended().filter(team_id=team_id).order_by("id"))
        closing = Closing(len(memberships), _records_of(team))
        if not dry_run:
            end_all(actor, memberships)
            data = {"status": TeamStatus.DISSOLVED.value}
            write_one(actor, Change("team", team_id, "patch", team.area_id, data, system=True, event="team.closed"))
    return closing


def _records_of(team: Team) -> dict[str, int]:
    """How many live records of each type name the team, found in its hamlet's part of each table."""
    kinds = [kind for kind in record_types().values() if "team_id" in kind.shape.fields and kind.name != "membership"]
    counts = ", ".join(
        f"(SELECT count(*) FROM {kind.table} WHERE area_id = %s AND team_id = %s AND deleted_at IS NULL)"
        for kind in kinds
    )
    if not kinds:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [value for _ in kinds for value in (team.area_id, team.id)])
        return dict(zip((kind.name for kind in kinds), cursor.fetchone(), strict=True))
