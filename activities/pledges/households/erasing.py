"""Erasing a household on a lawful request: nothing of it is found any more, and phones drop it.

Law 91/2025/QH15. The record is deleted and emptied at once, with its ID number and what was merged into it; id, version
and the audit trail stay, and the id answers `gone` for ever. Past versions, hashes of what phones sent and kept answers
only the owner of the tables may touch: the keeper does within seconds (`scrub`), again if it was interrupted. Nobody is
shown them meanwhile.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence

from django.db import connections, transaction

from accounts.erasing import NAMELESS
from accounts.events import record
from accounts.rights import require_in
from accounts.scoping import SystemActor
from activities.pledges.households.registration import HOUSEHOLD
from api.actors import Actor, Event
from api.localtime import now
from api.problems import Problem
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write

Follower = Callable[[Actor, Sequence[uuid.UUID]], Iterable[Change]]
"""Given the server as an actor and the erased households: changes of what refers to them, in the same areas."""

_followers: list[Follower] = []
_FIND = "SELECT id, area_id, version, deleted_at IS NULL FROM household WHERE id = %s OR merged_into_id = %s"
_EMPTY = """
UPDATE household SET householder = %s, house_number = NULL, size = NULL, phone = NULL, resident_from = NULL,
  resident_until = NULL, text_fold = '', house_fold = '', householder_fold = '', author_id = NULL, device_id = NULL,
  flags = '{}', erased_at = %s, scrubbed_at = NULL
WHERE id = ANY(%s::uuid[])
"""
_FORGET_NUMBERS = "DELETE FROM household_id_number WHERE household_id = ANY(%s::uuid[])"
_TO_SCRUB = "SELECT id FROM household WHERE scrubbed_at IS NULL AND erased_at IS NOT NULL LIMIT 500"
_SCRUB = """
UPDATE revision SET changed = '{}', author_id = NULL, device_id = NULL, mutation_id = NULL,
  data = jsonb_build_object('id', record_id, 'area_id', area_id, 'version', version)
WHERE type = 'household' AND record_id = ANY(%(ids)s::uuid[]);
DELETE FROM mutation WHERE type = 'household' AND record_id = ANY(%(ids)s::uuid[]);
DELETE FROM idempotency_key k USING unnest(%(ids)s::uuid[]) h(id)
WHERE position(convert_to(h.id::text, 'UTF8') IN k.body) > 0;
UPDATE household SET scrubbed_at = now() WHERE id = ANY(%(ids)s::uuid[]);
"""


def register_erased(changes: Follower) -> Follower:
    """Have the changes that this gives made in the transaction of every erasure."""
    _followers.append(changes)
    return changes


def erase_household(actor: Actor, household_id: uuid.UUID, request_id: uuid.UUID) -> None:
    """Erase a household, by an admin of its area, on a request of the register; erased again, it stays so.

    Admins don't see households, so the server does it in their name; their event says who asked. Raises Problem
    `not_found` and `forbidden`.
    """
    server = SystemActor(reason=f"data_request {request_id}")
    with transaction.atomic():
        rows = store.query(_FIND, [household_id, household_id], as_actor=server)
        area_id = next((area_id for id, area_id, *_ in rows if id == household_id), None)
        if area_id is None:
            raise Problem("not_found")
        require_in(actor, area_id, {"admin"})
        ids = [row[0] for row in rows]
        changes = [
            Change(HOUSEHOLD.name, id, "delete", area, base_version=version, system=True)
            for id, area, version, live in rows
            if live
        ]
        changes += [change for follower in _followers for change in follower(server, ids)]
        for outcome in write(server, changes):
            outcome.or_raise()
        store.run([server.row_security(), (_EMPTY, [NAMELESS, now(), ids]), (_FORGET_NUMBERS, [ids])])
        details = {"data_request_id": str(request_id)}
        record(*(Event("household.erased", area_id, HOUSEHOLD.name, id, details) for id in ids), by=actor)


def scrub() -> int:
    """Empty past versions of what was erased, and forget what phones sent of it; how many households."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(_TO_SCRUB)
        ids = [row[0] for row in cursor.fetchall()]
        if ids:
            cursor.execute(_SCRUB, {"ids": ids})
    return len(ids)
