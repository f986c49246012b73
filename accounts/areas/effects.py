"""What a change of areas touches: counted over all that lies at and below them, and who sees more or less after it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import transaction

from accounts.areas.checks import require_write
from accounts.areas.rows import lock_trees
from accounts.areas.tree import LABEL_LENGTH, below
from api.actors import Actor
from api.postgres import ask
from api.records import record_types
from api.sync.store import id_array

T = TypeVar("T")

_AT_AND_BELOW = f"""
SELECT DISTINCT p.area_id FROM area_placement root
  JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL
WHERE root.area_id = ANY(%s::uuid[]) AND root.valid_to IS NULL
"""
_COUNTS = """
WITH here AS (SELECT unnest(%s::uuid[]) AS area_id), belongs AS (
  SELECT user_id FROM here JOIN membership USING (area_id)
  WHERE deleted_at IS NULL AND (ends_at IS NULL OR ends_at > now())
), granted AS (
  SELECT user_id, area_id FROM here JOIN role_grant USING (area_id) WHERE ends_at IS NULL OR ends_at > now()
), home AS (SELECT id AS user_id FROM here JOIN user_account USING (area_id) WHERE is_active)
SELECT (SELECT count(*) FROM here),
  (SELECT count(*) FROM here JOIN team USING (area_id) WHERE deleted_at IS NULL AND status <> 'dissolved'),
  (SELECT count(*) FROM belongs), (SELECT count(*) FROM granted),
  (SELECT count(*) FROM granted WHERE area_id = ANY(%s::uuid[])),
  (SELECT count(*) FROM (
    SELECT user_id FROM belongs UNION SELECT user_id FROM granted UNION SELECT user_id FROM home) p)
"""
# Who holds what at or above each area, by the paths above it.
_SIGHT = f"""
WITH up AS (
  SELECT p.area_id AS seen, left(p.path, n) AS path FROM area_placement p
    CROSS JOIN generate_series({LABEL_LENGTH}, length(p.path), {LABEL_LENGTH}) n
  WHERE p.area_id = ANY(%s::uuid[]) AND p.valid_to IS NULL
), over AS (SELECT up.seen, p.area_id FROM up JOIN area_placement p ON p.path = up.path AND p.valid_to IS NULL)
SELECT h.user_id, array_agg(DISTINCT over.seen::text) FROM over JOIN (
  SELECT user_id, area_id FROM membership
  WHERE deleted_at IS NULL AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now())
  UNION ALL
  SELECT user_id, area_id FROM role_grant
  WHERE confirmed_at IS NOT NULL AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now())) h USING (area_id)
GROUP BY h.user_id
"""


@dataclass(frozen=True)
class RecordCount:
    """How many records of a type there are, and on how many somebody still works."""

    type: str
    count: int
    unfinished: int


@dataclass(frozen=True)
class Effect:
    """What lies at and below the areas that change. `grants_ending` are roles over areas that end: what goes on under
    a successor is out of their reach. Who loses or gains sight holds a place or a role."""

    areas: int
    teams: int
    memberships: int
    grants: int
    people: int
    grants_ending: int
    records: Sequence[RecordCount]
    losing_sight: int
    gaining_sight: int


@dataclass(frozen=True)
class Tried(Generic[T]):
    """What a change gave, or would give, and its effect."""

    result: T
    effect: Effect


def change_areas(
    *,
    actor: Actor,
    area_ids: Collection[uuid.UUID],
    also: Collection[uuid.UUID | None] = (),
    ends: bool,
    change: Callable[[], T],
    dry_run: bool,
) -> Tried[T]:
    """Make a change of these areas (`also`: others where it needs the right to), or try it and take it back.

    A dry run is the change itself, undone: it refuses what the change would refuse. Raises what the change raises.
    """
    with transaction.atomic():
        lock_trees()
        require_write(actor, area_ids)
        require_write(actor, also)
        here = [area_id for (area_id,) in ask(_AT_AND_BELOW, [id_array(area_ids)])]
        counts, records, before = _counts(here, area_ids if ends else ()), _records(here), _sight(here)
        result = change()
        after = _sight(here)
        transaction.set_rollback(dry_run)
    areas, teams, memberships, grants, grants_ending, people = counts
    effect = Effect(
        areas=areas,
        teams=teams,
        memberships=memberships,
        grants=grants,
        people=people,
        grants_ending=grants_ending,
        records=records,
        losing_sight=_fewer(before, after),
        gaining_sight=_fewer(after, before),
    )
    return Tried(result, effect)


def _counts(here: Collection[uuid.UUID], ending: Collection[uuid.UUID]) -> Sequence[int]:
    [row] = ask(_COUNTS, [id_array(here), id_array(ending)])
    return row


def _records(here: Collection[uuid.UUID]) -> list[RecordCount]:
    """Of every type that people make; what row-level security guards isn't told to who may not see it."""
    kinds = [kind for kind in record_types().values() if kind.writable and not kind.row_security]
    if not kinds:
        return []
    parts: list[str] = []
    params: list[object] = []
    for kind in kinds:
        column, values = kind.unfinished or ("id::text", ())
        parts.append(
            f"SELECT '{kind.name}', count(*), count(*) FILTER (WHERE t.{column} = ANY(%s::text[])) "
            f"FROM {kind.table} t WHERE t.area_id = ANY(%s::uuid[]) AND t.deleted_at IS NULL"
        )
        params += [list(values), id_array(here)]
    return [RecordCount(*row) for row in ask(" UNION ALL ".join(parts), params)]


def _sight(here: Collection[uuid.UUID]) -> Mapping[uuid.UUID, set[str]]:
    return {user_id: set(seen) for user_id, seen in ask(_SIGHT, [id_array(here)])}


def _fewer(these: Mapping[uuid.UUID, set[str]], those: Mapping[uuid.UUID, set[str]]) -> int:
    """How many see something in these that they don't in those."""
    return sum(bool(seen - those.get(user_id, set())) for user_id, seen in these.items())
