"""Erasing a household, or who signed a single pledge, on a lawful request: nothing is found any more, phones drop it.

Law 91/2025/QH15. The records are deleted and emptied at once: a household with its ID number, what was merged into it
and its pledges; a pledge with its signature and the scan of its paper (`media.erasing`). Ids, versions and the audit
trail stay, and the ids answer `gone` for ever. Past versions, hashes of what phones sent and kept answers are for the
keeper, within seconds (`accounts.scrubbing`). Nobody is shown them meanwhile.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts.erasing import NAMELESS
from accounts.events import record
from accounts.requests.data_requests import register_eraser
from accounts.rights import require_in
from accounts.scoping import SystemActor
from accounts.scrubbing import register_erasable
from activities.pledges.households.registration import HOUSEHOLD
from activities.pledges.pledges.registration import PLEDGE
from api.actors import Actor, Event, Statement
from api.localtime import now
from api.problems import Problem
from api.records import RecordType
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write
from media.erasing import erase_rows, files_of

Rows = Sequence[tuple[Any, ...]]
"""Of records: id, area, version, whether they are live; of pledges also the scan."""

_HOUSEHOLDS = "SELECT id, area_id, version, deleted_at IS NULL FROM household WHERE id = %s OR merged_into_id = %s"
_PLEDGE = "SELECT id, area_id, version, deleted_at IS NULL, scan_media_id FROM pledge"
# What another pledge still shows as its paper isn't touched.
_OTHERS_SCANS = """
SELECT scan_media_id FROM pledge WHERE area_id = ANY(%s::uuid[]) AND deleted_at IS NULL AND NOT id = ANY(%s::uuid[])
  AND scan_media_id IS NOT NULL
"""
_EMPTY_HOUSEHOLDS = """
UPDATE household SET householder = %s, house_number = NULL, size = NULL, phone = NULL, resident_from = NULL,
  resident_until = NULL, text_fold = '', house_fold = '', householder_fold = '', author_id = NULL, device_id = NULL,
  flags = '{}', erased_at = %s, scrubbed_at = NULL
WHERE id = ANY(%s::uuid[])
"""
_EMPTY_PLEDGES = """
UPDATE pledge SET signer_name = %s, signature = NULL, scan_media_id = NULL, witness_name = NULL, withdrawal_note = NULL,
  content_hash = NULL, agreed_text = NULL, author_id = NULL, device_id = NULL, flags = '{}', erased_at = %s,
  scrubbed_at = NULL
WHERE id = ANY(%s::uuid[])
"""
_FORGET_NUMBERS = "DELETE FROM household_id_number WHERE household_id = ANY(%s::uuid[])"


def erase_household(actor: Actor, household_id: uuid.UUID, request_id: uuid.UUID) -> None:
    """Erase a household, by an admin of its area, on a request of the register; erased again, it stays so.

    Admins don't see households, so the server does it in their name; their event says who asked. Raises Problem
    `not_found` and `forbidden`.
    """
    server = _server(request_id)
    with transaction.atomic():
        households = store.query(_HOUSEHOLDS, [household_id, household_id], as_actor=server)
        _require(actor, households, household_id)
        ids = store.id_array(row[0] for row in households)
        pledges = store.query(f"{_PLEDGE} WHERE household_id = ANY(%s::uuid[])", [ids], as_actor=server)
        _erase(server, households, pledges, by=actor, request_id=request_id)


def erase_pledge(actor: Actor, pledge_id: uuid.UUID, request_id: uuid.UUID) -> None:
    """The same for one pledge: who signed for a school, shop or clan, say, or as the owner of a vehicle."""
    server = _server(request_id)
    with transaction.atomic():
        pledges = store.query(f"{_PLEDGE} WHERE id = %s", [pledge_id], as_actor=server)
        _require(actor, pledges, pledge_id)
        _erase(server, (), pledges, by=actor, request_id=request_id)


def _server(request_id: uuid.UUID) -> SystemActor:
    return SystemActor(reason=f"data_request {request_id}")


def _require(actor: Actor, rows: Rows, record_id: uuid.UUID) -> None:
    """The record is there, and the actor an admin of its area."""
    area_id = next((row[1] for row in rows if row[0] == record_id), None)
    if area_id is None:
        raise Problem("not_found")
    require_in(actor, area_id, {"admin"})


def _erase(server: SystemActor, households: Rows, pledges: Rows, *, by: Actor, request_id: uuid.UUID) -> None:
    """Delete, empty and tell of these, and of the files that are about them alone."""
    homes, signed = ([row[0] for row in rows] for rows in (households, pledges))
    areas = {row[1] for row in (*households, *pledges)}
    others = store.query(_OTHERS_SCANS, [list(areas), signed], as_actor=server)
    scans = {row[4] for row in pledges} - {None}
    files = files_of(server, areas=areas, subjects=[*homes, *signed], named=scans, spared=[row[0] for row in others])
    changes = [*_deletions(HOUSEHOLD, households), *_deletions(PLEDGE, pledges)]
    for outcome in write(server, [*changes, *(each.deletion for each in files if each.live)]):
        outcome.or_raise()
    moment = now()
    empty: list[Statement] = [
        (_EMPTY_HOUSEHOLDS, [NAMELESS, moment, homes]),
        (_EMPTY_PLEDGES, [NAMELESS, moment, signed]),
        (_FORGET_NUMBERS, [homes]),
    ]
    store.run([server.row_security(), *empty])
    details = {"data_request_id": str(request_id)}
    record(
        *(Event("household.erased", row[1], HOUSEHOLD.name, row[0], details) for row in households),
        *(Event("pledge.erased", row[1], PLEDGE.name, row[0], details) for row in pledges),
        by=by,
    )
    erase_rows(server, files, by=by, details=details)


def _deletions(kind: RecordType, rows: Rows) -> list[Change]:
    return [Change(kind.name, row[0], "delete", row[1], base_version=row[2], system=True) for row in rows if row[3]]


for _kind in (HOUSEHOLD, PLEDGE):
    register_erasable(_kind)
register_eraser(HOUSEHOLD.name, erase_household)
register_eraser(PLEDGE.name, erase_pledge)
