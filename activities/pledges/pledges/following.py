"""Pledges follow their household when it is merged into another; what was signed still names it as it was then."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from accounts.scoping import SystemActor
from activities.pledges.households.merging import register_follower
from api.actors import Actor
from api.postgres import ask
from api.sync.changes import Change
from api.sync.engine import write

MANY = 200

_OF = "SELECT id, area_id, version FROM pledge WHERE household_id = %s AND deleted_at IS NULL"
# A phone that hadn't heard of the merge sends the old name.
_LATE = """
SELECT p.id, p.area_id, p.version, m.merged_into_id FROM household m JOIN pledge p ON p.household_id = m.id
WHERE m.merged_into_id IS NOT NULL AND m.erased_at IS NULL AND p.deleted_at IS NULL ORDER BY p.area_id, p.id LIMIT %s
"""


@register_follower
def follow(actor: Actor, merged: uuid.UUID, into: uuid.UUID) -> Iterable[Change]:
    """The changes of a merged household's pledges."""
    return [_change(row, into) for row in ask(_OF, [merged], as_actor=actor)]


def follow_late() -> None:
    """The same for what came after the merge; called by the tick."""
    system = SystemActor(reason="household was merged")
    if changes := [_change(row, row[3]) for row in ask(_LATE, [MANY], as_actor=system)]:
        write(system, changes)


def _change(row: Sequence[Any], into: uuid.UUID) -> Change:
    pledge_id, area_id, version = row[:3]
    data = {"household_id": str(into)}
    return Change("pledge", pledge_id, "patch", area_id, data, base_version=version, system=True)
