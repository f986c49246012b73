"""Deactivating all that one import made, as far as it still stands as the import made it.

What somebody changed since, or moved out of the areas of whoever takes it back, is left alone: an account that was
renamed, or has places or roles from elsewhere; a membership, team or grant that was touched; a hamlet in which anything
was recorded. An account that was activated stands as it was made. Nobody deactivates themself or the last admin.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.areas.checks import today
from accounts.areas.rows import lock_trees
from accounts.events import record
from accounts.imports.switching import switch_off
from accounts.imports.undoing import Undo, made_by
from accounts.models import Area, AuditEvent, Grant, Membership, Team, User
from accounts.rights import person, refused_over
from accounts.scoping import SessionActor
from accounts.users import keep_an_admin
from api.actors import Actor, Event, Standing
from api.localtime import now, wire
from api.problems import Text
from api.sync import bulk
from api.sync.changes import Change
from api.sync.models import StreamEntry

_NOBODY = uuid.UUID(int=0)
THINGS = {
    "user": Text("Tài khoản", "Account"),
    "membership": Text("Thành viên tổ", "Membership"),
    "team": Text("Tổ", "Team"),
    "grant": Text("Quyền", "Grant"),
    "area": Text("Thôn", "Hamlet"),
}
"""What it makes."""


@dataclass
class AccountsUndo(Undo):
    """The same, with the roles that end."""

    grants: list[Grant] = field(default_factory=list)
    made: frozenset[uuid.UUID] = frozenset()
    """All places in teams that the import made, whether they stand or not."""


def look_at(import_id: uuid.UUID, actor: Actor) -> AccountsUndo:
    """What deactivating an import would do; some fifteen queries."""
    me = actor.user_id or _NOBODY
    things = made_by(import_id, THINGS)
    memberships = _ids(
        Membership.objects.filter(id__in=things["membership"], version=1, ends_at=None, deleted_at=None).exclude(
            user_id=me
        )
    )
    memberships -= _beyond(actor, Membership.objects.filter(id__in=memberships))
    grants = list(Grant.objects.unended().filter(id__in=things["grant"]).exclude(user_id=me))
    far = _beyond(actor, Grant.objects.filter(id__in=things["grant"]))
    grants = [grant for grant in grants if grant.id not in far]
    # Whatever stays keeps what it belongs to: a place its person and team, a team its hamlet.
    busy = _busy(things["user"], memberships, [grant.id for grant in grants])
    users = _ids(User.objects.filter(id__in=things["user"] - busy, is_active=True).exclude(id=me))
    users -= set(refused_over(actor, users))
    teams = _ids(Team.objects.filter(id__in=things["team"], version=1, status="active", deleted_at=None))
    teams -= _manned(teams, memberships)
    teams -= _beyond(actor, Team.objects.filter(id__in=teams))
    areas = _ids(Area.objects.filter(id__in=things["area"], version=1, valid_to=None, deleted_at=None))
    areas -= _used(areas, teams, things["membership"])
    areas -= _beyond(actor, Area.objects.filter(id__in=areas))
    found = {
        "user": users,
        "membership": memberships,
        "team": teams,
        "grant": {grant.id for grant in grants},
        "area": areas,
    }
    return AccountsUndo(
        ids={kind: sorted(ids) for kind, ids in found.items()},
        kept={kind: len(things[kind]) - len(ids) for kind, ids in found.items()},
        grants=grants,
        made=frozenset(things["membership"]),
    )


def _busy(users: Collection[uuid.UUID], memberships: Collection[uuid.UUID], grants: Collection[uuid.UUID]) -> set[Any]:
    """Those who have places or roles beside these, or were touched."""
    elsewhere = Membership.objects.unended().filter(user_id__in=users).exclude(id__in=memberships)
    held = Grant.objects.unended().filter(user_id__in=users).exclude(id__in=grants)
    touched = AuditEvent.objects.filter(subject_id__in=users, name__in=("user.renamed", "user.reactivated"))
    return {
        *elsewhere.values_list("user_id", flat=True),
        *held.values_list("user_id", flat=True),
        *touched.values_list("subject_id", flat=True),
    }


def _manned(teams: Collection[uuid.UUID], memberships: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """The teams that hold people beside these."""
    others = Membership.objects.unended().filter(team_id__in=teams).exclude(id__in=memberships)
    return set(others.values_list("team_id", flat=True))


def _used(
    areas: Collection[uuid.UUID], teams: Collection[uuid.UUID], memberships: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """The hamlets in which anything beside these was recorded."""
    entries = StreamEntry.objects.filter(area_id__in=areas).values_list("area_id", "type", "record_id")
    undone = {"area": areas, "team": teams, "membership": memberships}
    return {area for area, kind, id_ in entries if id_ not in undone.get(kind, ())}


def plan_undo(import_id: uuid.UUID, actor: SessionActor, progress: Callable[[int], None] | None = None) -> AccountsUndo:
    """The same, with its records worked out."""
    plan = look_at(import_id, actor)
    moment = now()
    rows = Membership.objects.filter(id__in=plan.ids["membership"]).order_by("id")
    changes = [
        _patch("membership", row, {"ends_at": wire(max(moment, row.starts_at))}, "membership.ended") for row in rows
    ]
    changes += [
        _patch("team", row, {"status": "dissolved"})
        for row in Team.objects.filter(id__in=plan.ids["team"]).order_by("id")
    ]
    changes += [
        _patch("area", row, {"valid_to": today().isoformat()}, "area.ended")
        for row in Area.objects.filter(id__in=plan.ids["area"]).order_by("id")
    ]
    plan.records = bulk.prepare(actor, changes, progress=progress)
    return plan


def _beyond(actor: Actor, rows: QuerySet[Any]) -> set[uuid.UUID]:
    """What of these no longer lies in the areas that the actor administers: it was moved since."""
    areas = dict(rows.values_list("id", "area_id"))
    standings = actor.standing(set(areas.values())) if person(actor) else {}
    return {id_ for id_, area in areas.items() if person(actor) and not _administers(standings.get(area))}


def _administers(standing: Standing | None) -> bool:
    return standing is not None and "admin" in standing.roles


def _patch(kind: str, row: Membership | Team | Area, data: dict[str, object], event: str | None = None) -> Change:
    return Change(
        type=kind,
        id=row.id,
        op="patch",
        area_id=row.area_id,
        data=data,
        expected_version=row.version,
        system=True,
        event=event,
    )


def undo(plan: AccountsUndo, actor: Actor) -> None:
    """Deactivate it, in the caller's transaction. Raises Problem `last_admin`, and `bulk.Overtaken`.

    What happened since the plan was made is looked for once more under the locks: accounts first, as everybody locks.
    """
    assert plan.records is not None
    if plan.ids["area"]:
        lock_trees()
    list(User.objects.select_for_update(no_key=True).filter(id__in=plan.ids["user"]).order_by("id").values_list("id"))
    ids = {kind: set(some) for kind, some in plan.ids.items()}
    raced = _busy(ids["user"], ids["membership"], ids["grant"])
    bulk.carry_out(plan.records)
    raced |= _manned(ids["team"], ids["membership"]) | _used(ids["area"], ids["team"], plan.made)
    if raced:
        raise bulk.Overtaken(sorted(raced))
    if plan.records.events:
        record(*plan.records.events, by=actor)
    if plan.ids["area"]:
        with connection.cursor() as cursor:
            cursor.execute(_END_PLACES, {"areas": plan.ids["area"], "on": today()})
    admins = [grant.id for grant in plan.grants if grant.role == "admin"]
    keep_an_admin(without_users=plan.ids["user"], without_grants=admins)
    if plan.grants:
        Grant.objects.unended().filter(id__in=plan.ids["grant"]).update(ends_at=now())
        record(*(_grant_ended(grant) for grant in plan.grants), by=actor)
    switch_off(actor, plan.ids["user"])


_END_PLACES = """
DELETE FROM area_placement WHERE area_id = ANY(%(areas)s::uuid[]) AND valid_to IS NULL AND valid_from >= %(on)s;
UPDATE area_placement SET valid_to = %(on)s WHERE area_id = ANY(%(areas)s::uuid[]) AND valid_to IS NULL
"""


def _grant_ended(grant: Grant) -> Event:
    details = {"user_id": str(grant.user_id), "role": grant.role}
    return Event("grant.ended", area_id=grant.area_id, subject_type="grant", subject_id=grant.id, details=details)


def _ids(rows: QuerySet[User] | QuerySet[Membership] | QuerySet[Team] | QuerySet[Area]) -> set[uuid.UUID]:
    return set(rows.values_list("id", flat=True))
