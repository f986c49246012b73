"""Carrying out an import of hamlets, teams, people and roles: what it writes beside records, and what raced with it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.areas.attributes import plan_attributes
from accounts.areas.checks import today
from accounts.areas.placing import paths_now, place_below
from accounts.areas.rows import PastRow, PlacementRow, area_patches, area_puts, lock_trees
from accounts.imports.accounts_load import AccountsLoad
from accounts.imports.switching import switch_off
from accounts.imports.writing import Overtaken, Ready, check_standing, put_into, write_beside, write_records
from accounts.models import Area, Grant, Team, User
from accounts.names import name_columns
from accounts.users import keep_an_admin
from api.actors import Actor, Event
from api.postgres.copying import Copy, copy_models, copy_rows
from api.sync import bulk, store
from api.text import fold


@dataclass
class AccountsReady(Ready):
    """The same, with the paths of what new hamlets hang below."""

    load: AccountsLoad
    parents: dict[uuid.UUID, str] = field(default_factory=dict)


def prepare(load: AccountsLoad, actor: Actor, progress: Callable[[int], None] | None = None) -> AccountsReady:
    """Work everything out, with no lock held; `progress` is told how many records are done."""
    past, attributes = plan_attributes(load.attributes, today())
    changes = [
        *area_puts([row for row, _ in load.hamlets]),
        *area_patches(attributes, event="area.counted"),
        *load.changes,
    ]
    ready = AccountsReady(load, actor, bulk.prepare(actor, changes, progress=progress))
    places = [place for row, above in load.hamlets for place in place_below(row.id, above, None)]
    ready.copies = [_copied(places), _copied(past), copy_models(load.users), copy_models(load.grants)]
    ready.parents = {place.area_id: place.path for _, above in load.hamlets for place in above if not place.valid_to}
    events = [_of_user("user.created", user.id, user.area_id) for user in load.users]
    events += [_of_user("user.renamed", user_id, load.homes.get(user_id)) for user_id in load.renamed]
    events += [_of_grant("grant.given" if each.confirmed_at else "grant.proposed", each) for each in load.grants]
    events += [_of_grant(_ending(grant, ends_at), grant) for grant, ends_at in load.grant_ends]
    ready.tell([*events, *ready.records.events])
    return ready


def carry_out(ready: AccountsReady) -> None:
    """Write it all, in the caller's transaction. Raises `Overtaken`, or IntegrityError for what raced with it."""
    load = ready.load
    if load.hamlets or load.attributes:
        lock_trees()
    _check_places(ready)
    _check_people(load)
    write_beside(ready)
    _rename(load)
    _end_grants(load)
    if load.left:
        switch_off(ready.actor, load.left)
    write_records(ready)
    _check_teams(load)
    homes = {user.area_id for user in load.users if user.area_id}
    check_standing(put_into(load) | {grant.area_id for grant in load.grants} | homes)


def _copied(rows: Sequence[PlacementRow] | Sequence[PastRow]) -> Copy:
    table = "area_placement" if rows and isinstance(rows[0], PlacementRow) else "area_past"
    return copy_rows(table, [vars(row) for row in rows], {"value"})


def _check_places(ready: AccountsReady) -> None:
    """The communes hang where they hung, and nobody made hamlets of these names meanwhile."""
    if not ready.load.hamlets:
        return
    if dict(paths_now(ready.parents)) != ready.parents:
        raise Overtaken
    new = {(row.parent_id, row.name.key) for row, _ in ready.load.hamlets}
    there = Area.objects.filter(parent_id__in={parent for parent, _ in new}, valid_to=None, deleted_at=None)
    if new & set(there.values_list("parent_id", "name_fold")):
        raise Overtaken


def _check_people(load: AccountsLoad) -> None:
    """The accounts that rows change stand as they were read; they are held until the end. A number that was taken
    meanwhile shows when it is written again."""
    held = User.objects.select_for_update(no_key=True).filter(id__in=load.relied_on).order_by("id")
    stands = {id_: (name, active) for id_, name, active in held.values_list("id", "full_name", "is_active")}
    if stands != load.relied_on:
        raise Overtaken


def _check_teams(load: AccountsLoad) -> None:
    """No second team of a name, and none dissolved that people join; their streams are locked by now."""
    new = [change for change in load.changes if change.type == "team" and change.op == "put"]
    names: set[tuple[uuid.UUID, str]] = {(change.area_id, fold(change.data["name"])) for change in new}
    there = Team.objects.filter(area_id__in={area for area, _ in names}, deleted_at=None).exclude(
        id__in=[change.id for change in new]
    )
    if names & set(there.values_list("area_id", "name_fold")):
        raise Overtaken
    joined = {c.data["team_id"] for c in load.changes if c.type == "membership" and c.op == "put"}
    if Team.objects.filter(id__in=joined, status="dissolved").exists():
        raise Overtaken


def _rename(load: AccountsLoad) -> None:
    if load.renamed:
        rows = [{"id": str(id_), **name_columns(name)} for id_, name in load.renamed.items()]
        store.run([(_RENAME, [store.as_json(rows)])])
    if load.settled:
        homes = [{"id": str(id_), "area_id": str(area)} for id_, area in load.settled.items()]
        store.run([(_SETTLE, [store.as_json(homes)])])


_RENAME = """
UPDATE user_account u SET full_name = r.full_name, name_fold = r.name_fold, name_sort = r.name_sort
FROM json_to_recordset(%s::json) AS r(id uuid, full_name text, name_fold text, name_sort text) WHERE u.id = r.id
"""
_SETTLE = """
UPDATE user_account u SET area_id = r.area_id
FROM json_to_recordset(%s::json) AS r(id uuid, area_id uuid) WHERE u.id = r.id AND u.area_id IS NULL
"""


def _end_grants(load: AccountsLoad) -> None:
    keep_an_admin(without_grants=[grant.id for grant, _ in load.grant_ends if grant.role == "admin"])
    for grant, ends_at in load.grant_ends:
        if not Grant.objects.filter(id=grant.id, ends_at=grant.ends_at).update(ends_at=ends_at):
            raise Overtaken


def _ending(grant: Grant, ends_at: dt.datetime) -> str:
    """An end that comes later gives the role for the time between."""
    return "grant.given" if grant.ends_at is not None and ends_at > grant.ends_at else "grant.ended"


def _of_user(name: str, user_id: uuid.UUID, home: uuid.UUID | None) -> Event:
    """What was done to an account, told where the person belongs."""
    return Event(name, area_id=home, subject_type="user", subject_id=user_id)


def _of_grant(name: str, grant: Grant) -> Event:
    details: dict[str, Any] = {"user_id": str(grant.user_id), "role": grant.role}
    return Event(name, area_id=grant.area_id, subject_type="grant", subject_id=grant.id, details=details)
