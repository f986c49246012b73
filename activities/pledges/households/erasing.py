"""Erasing a household on a lawful request: nothing of it is found any more, and phones drop it.

Law 91/2025/QH15. The record is deleted and emptied at once, with its ID number, its pledges and what was merged into
it; ids, versions and the audit trail stay, and the ids answer `gone` for ever. A scan of a signed paper is a file of
its own and isn't touched. Past versions, hashes of what phones sent and kept answers only the owner of the tables may
touch: the keeper does within seconds (`scrub`), again if it was interrupted. Nobody is shown them meanwhile.
"""

from __future__ import annotations

import uuid

from django.db import connections, transaction

from accounts.erasing import NAMELESS
from accounts.events import record
from accounts.rights import require_in
from accounts.scoping import SystemActor
from activities.pledges.households.registration import HOUSEHOLD
from api.actors import Actor, Event, Statement
from api.localtime import now
from api.problems import Problem
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write

_FIND = "SELECT id, area_id, version, deleted_at IS NULL FROM household WHERE id = %s OR merged_into_id = %s"
_PLEDGES = "SELECT id, area_id, version, deleted_at IS NULL FROM pledge WHERE household_id = ANY(%s::uuid[])"
_EMPTY = """
UPDATE household SET householder = %s, house_number = NULL, size = NULL, phone = NULL, resident_from = NULL,
  resident_until = NULL, text_fold = '', house_fold = '', householder_fold = '', author_id = NULL, device_id = NULL,
  flags = '{}', erased_at = %s, scrubbed_at = NULL
WHERE id = ANY(%s::uuid[])
"""
_EMPTY_PLEDGES = """
UPDATE pledge SET signer_name = %s, signature = NULL, scan_media_id = NULL, witness_name = NULL, withdrawal_note = NULL,
  content_hash = NULL, agreed_text = NULL, author_id = NULL, device_id = NULL, flags = '{}'
WHERE household_id = ANY(%s::uuid[])
"""
_FORGET_NUMBERS = "DELETE FROM household_id_number WHERE household_id = ANY(%s::uuid[])"
_TO_SCRUB = """
SELECT h.id, ARRAY(SELECT p.id FROM pledge p WHERE p.household_id = h.id)
FROM household h WHERE h.scrubbed_at IS NULL AND h.erased_at IS NOT NULL LIMIT 500
"""
_SCRUB = """
UPDATE revision SET changed = '{}', author_id = NULL, device_id = NULL, mutation_id = NULL,
  data = jsonb_build_object('id', record_id, 'area_id', area_id, 'version', version)
WHERE type IN ('household', 'pledge') AND record_id = ANY(%(ids)s::uuid[]);
DELETE FROM mutation WHERE type IN ('household', 'pledge') AND record_id = ANY(%(ids)s::uuid[]);
DELETE FROM idempotency_key k USING unnest(%(ids)s::uuid[]) r(id)
WHERE position(convert_to(r.id::text, 'UTF8') IN k.body) > 0;
UPDATE household SET scrubbed_at = now() WHERE id = ANY(%(ids)s::uuid[]);
"""


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
        signed = store.query(_PLEDGES, [ids], as_actor=server)
        changes = [
            Change(kind, id, "delete", area, base_version=version, system=True)
            for kind, found in ((HOUSEHOLD.name, rows), ("pledge", signed))
            for id, area, version, live in found
            if live
        ]
        for outcome in write(server, changes):
            outcome.or_raise()
        empty: list[Statement] = [(_EMPTY, [NAMELESS, now(), ids]), (_EMPTY_PLEDGES, [NAMELESS, ids])]
        store.run([server.row_security(), *empty, (_FORGET_NUMBERS, [ids])])
        details = {"data_request_id": str(request_id)}
        record(*(Event("household.erased", area_id, HOUSEHOLD.name, id, details) for id in ids), by=actor)


def scrub() -> int:
    """Empty past versions of what was erased, and forget what phones sent of it; how many households."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(_TO_SCRUB)
        found = cursor.fetchall()
        if found:
            cursor.execute(_SCRUB, {"ids": [id for household, signed in found for id in (household, *signed)]})
    return len(found)
