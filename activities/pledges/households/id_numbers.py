"""Citizen ID numbers of householders: kept as a keyed hash and the last four digits, in no record, stream or version.

Whoever holds the tables can't guess a number without the key; whoever holds the key can't list the numbers. Setting one
and looking at one are written to the trail, with the household and without a digit, before anything is answered. How
many somebody sets is limited: each asks whether another household has the same (`doubles`), and a million guesses would
find whoever it is.
"""

from __future__ import annotations

import uuid

from django.db import transaction

from accounts.events import record
from accounts.throttles import Bucket, charge, refund
from activities.pledges.households.desk import HEADS, KNOWING_NUMBERS, read_household
from api.actors import Actor, Event
from api.keyed import keyed_hash
from api.localtime import now, wire
from api.records import Wire
from api.sync import store

_READ = "SELECT last_four, set_at, set_by FROM household_id_number WHERE household_id = %s"
_SET = """
INSERT INTO household_id_number AS n (household_id, area_id, hash, last_four, set_by, set_at)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (household_id) DO UPDATE
SET hash = excluded.hash, last_four = excluded.last_four, set_by = excluded.set_by, set_at = excluded.set_at
WHERE n.hash <> excluded.hash RETURNING household_id
"""


def hash_of(number: str) -> bytes:
    """What a number of twelve digits is found again by."""
    return keyed_hash("citizen-id", number.encode())


def set_id_number(*, actor: Actor, household_id: uuid.UUID, number: str) -> Wire:
    """Keep the householder's number, of twelve digits, in place of any before; the same again changes nothing.

    Twenty at once, then one every ten minutes. Raises Problem `too_many_id_numbers`, `not_found`, `gone`, and
    `forbidden` for members and whoever only reads.
    """
    household = read_household(actor, household_id, roles=HEADS)
    guesses = [Bucket("id_number", (str(actor.user_id).encode(),), 20, 600, problem="too_many_id_numbers")]
    values = [household_id, household["area_id"], hash_of(number), number[-4:], actor.user_id, now()]
    with transaction.atomic():
        charge(guesses)
        changed = store.query(_SET, values, as_actor=actor)
        if not changed:
            refund(guesses)
        _tell(actor, "household.id_number_set" if changed else "id_number.viewed", household)
        return _told(actor, household_id)


def read_id_number(*, actor: Actor, household_id: uuid.UUID) -> Wire:
    """The last four digits, who set them and when; nulls if there is no number. The look is in the trail."""
    household = read_household(actor, household_id, roles=KNOWING_NUMBERS)
    with transaction.atomic():
        _tell(actor, "id_number.viewed", household)
        return _told(actor, household_id)


def remove_id_number(*, actor: Actor, household_id: uuid.UUID) -> None:
    """Forget the number, if there is one."""
    household = read_household(actor, household_id, roles=HEADS)
    with transaction.atomic():
        sql = "DELETE FROM household_id_number WHERE household_id = %s RETURNING household_id"
        if store.query(sql, [household_id], as_actor=actor):
            _tell(actor, "household.id_number_removed", household)


def _told(actor: Actor, household_id: uuid.UUID) -> Wire:
    rows = store.query(_READ, [household_id], as_actor=actor)
    last_four, set_at, set_by = rows[0] if rows else (None, None, None)
    return {
        "household_id": str(household_id),
        "last_four": last_four,
        "set_at": set_at and wire(set_at),
        "set_by_id": set_by and str(set_by),
    }


def _tell(actor: Actor, name: str, household: Wire) -> None:
    record(Event(name, uuid.UUID(household["area_id"]), "household", uuid.UUID(household["id"])), by=actor)
