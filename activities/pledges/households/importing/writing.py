"""The last look before a list of households is written, and what taking one back ends."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.imports import undoing, writing
from accounts.imports.undoing import Undo, made_by
from accounts.imports.writing import Overtaken, Ready
from activities.pledges.households.importing.matching import HouseholdLoad
from api.actors import Actor
from api.postgres import ask
from api.problems import Text
from api.sync import bulk
from api.sync.changes import Change
from api.sync.store import id_array

THINGS = {"household": Text("Hộ", "Household")}
_THERE = """
SELECT id, area_id, house_fold, householder_fold FROM household
WHERE deleted_at IS NULL AND area_id = ANY(%s::uuid[])
"""
# As the import made it, and nothing hangs on it: no pledge, no ID number, no household that was merged into it.
_UNTOUCHED = """
SELECT h.id, h.area_id FROM household h
WHERE h.id = ANY(%s::uuid[]) AND h.version = 1 AND h.deleted_at IS NULL AND NOT EXISTS (
  SELECT FROM pledge p WHERE p.household_id = h.id AND p.deleted_at IS NULL) AND NOT EXISTS (
  SELECT FROM household_id_number n WHERE n.household_id = h.id) AND NOT EXISTS (
  SELECT FROM household m WHERE m.merged_into_id = h.id)
ORDER BY h.area_id, h.id
"""
_RELIED_ON = """
SELECT p.household_id FROM pledge p WHERE p.household_id = ANY(%s::uuid[]) AND p.deleted_at IS NULL
UNION SELECT n.household_id FROM household_id_number n WHERE n.household_id = ANY(%s::uuid[])
"""


def carry_out(ready: Ready) -> None:
    """Write it all; the streams are locked by then, so nobody registers the same household beside it.

    Raises `Overtaken`.
    """
    writing.carry_out(ready)
    load = ready.load
    assert isinstance(load, HouseholdLoad)
    if not load.new:
        return
    made = {change.id for change in load.changes}
    there = ask(_THERE, [id_array({area for area, _, _ in load.new})], as_actor=ready.actor)
    if any(tuple(key) in load.new for id, *key in there if id not in made and id not in load.read):
        raise Overtaken


@dataclass
class HouseholdUndo(Undo):
    """The same, with the hamlets of what ends."""

    areas: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)


def look_at(import_id: uuid.UUID, actor: Actor) -> HouseholdUndo:
    """What taking an import back would do. Two queries."""
    made = made_by(import_id, THINGS)["household"]
    areas = dict(ask(_UNTOUCHED, [id_array(made)], as_actor=actor))
    return HouseholdUndo({"household": list(areas)}, {"household": len(made) - len(areas)}, areas=areas)


def plan_undo(import_id: uuid.UUID, actor: Actor, progress: Callable[[int], None] | None = None) -> HouseholdUndo:
    """The same, with its records worked out: phones drop them by their next pull."""
    plan = look_at(import_id, actor)
    changes = [Change("household", id, "delete", area, expected_version=1) for id, area in plan.areas.items()]
    plan.records = bulk.prepare(actor, changes, progress=progress)
    return plan


def undo(plan: HouseholdUndo, actor: Actor) -> None:
    """Delete them, in the caller's transaction. Raises `bulk.Overtaken` if a pledge or number came meanwhile."""
    undoing.undo(plan, actor)
    ids = id_array(plan.areas)
    if relied := ask(_RELIED_ON, [ids, ids], as_actor=actor):
        raise bulk.Overtaken([id for (id,) in relied])
