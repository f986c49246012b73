"""Merging a household that two phones registered: one goes on, the other is deleted for ever and points to it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence

from django.db import transaction

from activities.pledges.households.desk import HEADS, read_household
from activities.pledges.households.registration import HOUSEHOLD
from api.actors import Actor, Event
from api.enums import LabelledEnum
from api.problems import FieldError, Problem
from api.records import Wire
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write


class HouseholdPart(LabelledEnum):
    """What can be taken over from a household that is merged."""

    HOUSE_NUMBER = "house_number", "Số nhà", "House number"
    HOUSEHOLDER = "householder", "Chủ hộ", "Householder"
    SIZE = "size", "Số nhân khẩu", "Number of people"
    RESIDENCE = "residence", "Tình trạng cư trú và ngày", "Residence status and dates"
    PHONE = "phone", "Số điện thoại", "Phone"
    ID_NUMBER = "id_number", "Số định danh", "ID number"


Follower = Callable[[Actor, uuid.UUID, uuid.UUID], Iterable[Change]]
"""Given who acts, the merged household and the one that stands for it: changes of what refers to the merged one."""

_followers: list[Follower] = []
_FIELDS = {
    HouseholdPart.RESIDENCE.value: ("residence_status", "resident_from", "resident_until"),
    HouseholdPart.ID_NUMBER.value: (),
}
_STANDS = "SELECT area_id, merged_into_id FROM household WHERE id = %s"
# All that pointed to the merged one points to its successor at once, so one step leads there, always.
_POINT = "UPDATE household SET merged_into_id = %s WHERE id = %s OR merged_into_id = %s"
_MOVE_NUMBER = """
WITH gone AS (
  DELETE FROM household_id_number WHERE household_id = %s RETURNING area_id, hash, last_four, set_by, set_at)
INSERT INTO household_id_number (household_id, area_id, hash, last_four, set_by, set_at)
SELECT %s, area_id, hash, last_four, set_by, set_at FROM gone
ON CONFLICT (household_id) {instead}
"""
_TAKE = """DO UPDATE SET hash = excluded.hash, last_four = excluded.last_four, set_by = excluded.set_by,
  set_at = excluded.set_at"""


def register_follower(changes: Follower) -> Follower:
    """Have the changes that this gives made in the transaction of every merge, in the same area."""
    _followers.append(changes)
    return changes


def merge_households(*, actor: Actor, household_id: uuid.UUID, other_id: uuid.UUID, take: Sequence[str] = ()) -> Wire:
    """Merge `other_id` into the household, with those values of the other that `take` names; gives what stands then.

    An ID number that only the other has comes along. Merging again changes nothing. Raises Problem `not_found`, `gone`,
    `forbidden` for members and whoever only reads, `invalid` for a household of another hamlet or itself,
    `merged_elsewhere` if the other was merged into a third one, and `conflict` if somebody changed it meanwhile.
    """
    household = read_household(actor, household_id, roles=HEADS)
    if other_id == household_id:
        raise Problem("invalid", errors=[FieldError("/other_id", "the_same_household")])
    if _merged_before(actor, household_id, other_id):
        return household
    other = read_household(actor, other_id, roles=HEADS)
    if other["area_id"] != household["area_id"]:
        raise Problem("invalid", errors=[FieldError("/other_id", "another_hamlet")])
    taken = {name: other[name] for part in take for name in _FIELDS.get(part, (part,))}
    with transaction.atomic():
        record = _write(actor, household, other, taken)
        instead = _TAKE if HouseholdPart.ID_NUMBER in take else "DO NOTHING"
        store.run(
            [
                actor.row_security(),
                (_POINT, [household_id, other_id, other_id]),
                (_MOVE_NUMBER.format(instead=instead), [other_id, household_id]),
            ]
        )
    return record


def _merged_before(actor: Actor, household_id: uuid.UUID, other_id: uuid.UUID) -> bool:
    """Whether the other is merged into this one already; Problem `merged_elsewhere` if into another."""
    rows = store.query(_STANDS, [other_id], as_actor=actor)
    into = rows[0][1] if rows else None
    if into is not None and into != household_id:
        raise Problem("merged_elsewhere")
    return into is not None


def _write(actor: Actor, household: Wire, other: Wire, taken: Wire) -> Wire:
    """Change the one, delete the other, let all that refers to it follow, and tell the trail."""
    area_id, stays, goes = (uuid.UUID(text) for text in (household["area_id"], household["id"], other["id"]))
    changes = [
        Change(HOUSEHOLD.name, stays, "patch", area_id, taken, base_version=household["version"]),
        Change(HOUSEHOLD.name, goes, "delete", area_id, base_version=other["version"]),
        *(change for follower in _followers for change in follower(actor, goes, stays)),
    ]
    merged = Event("household.merged", area_id, HOUSEHOLD.name, stays, {"merged_id": str(goes)})
    outcomes = [outcome.or_raise() for outcome in write(actor, changes, alongside=[actor.audit([merged])])]
    return outcomes[0].record or household
