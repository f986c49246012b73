"""What stays of a record that was erased beside its row: past versions, what phones sent of it, kept answers, and lists
that somebody imported: nobody can be taken out of a file, so one whose rows name or made the record goes as a whole.

Only the owner of the tables may touch these, so the keeper does, seconds after the erasure, and again if it was
interrupted. A record type that can be erased has the columns `erased_at` and `scrubbed_at`.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connections, transaction

from accounts.duties import register_duty
from api.postgres import ask
from api.records import RecordType
from api.sync import store

AT_ONCE = 500

_FIND = "SELECT id FROM {table} WHERE scrubbed_at IS NULL AND erased_at IS NOT NULL LIMIT %s"
_SCRUB = """
UPDATE revision SET changed = '{{}}', author_id = NULL, device_id = NULL, mutation_id = NULL,
  data = jsonb_build_object('id', record_id, 'area_id', area_id, 'version', version)
WHERE type = %(type)s AND record_id = ANY(%(ids)s::uuid[]);
DELETE FROM mutation WHERE type = %(type)s AND record_id = ANY(%(ids)s::uuid[]);
DELETE FROM idempotency_key k USING unnest(%(ids)s::uuid[]) r(id)
WHERE position(convert_to(r.id::text, 'UTF8') IN k.body) > 0;
WITH named AS (
  SELECT r.import_id FROM import_row r WHERE r.subject_id = ANY(%(ids)s::uuid[])
  UNION
  SELECT f.import_id FROM import_file f JOIN import_thing t ON t.import_id = f.import_id
  WHERE t.type = %(type)s AND t.subject_id = ANY(%(ids)s::uuid[])
  UNION
  SELECT r.import_id FROM import_row r CROSS JOIN jsonb_array_elements(r.warnings) w
  WHERE r.warnings <> '[]' AND w #>> '{{params,id}}' = ANY(%(ids)s::uuid[]::text[])
), files AS (DELETE FROM import_file f USING named n WHERE f.import_id = n.import_id)
DELETE FROM import_row r USING named n WHERE r.import_id = n.import_id;
UPDATE {table} SET scrubbed_at = now() WHERE id = ANY(%(ids)s::uuid[])
"""
# Asked of streams and the trail, which nobody's rights narrow: who delivers late meets no rows of others.
_ERASED = """
SELECT e.record_id::text FROM stream_entry e
WHERE e.record_id = ANY(%s::uuid[]) AND e.type = %s AND e.area_id = ANY(%s::uuid[]) AND e.deleted
  AND EXISTS (SELECT FROM audit_event a WHERE a.subject_id = e.record_id AND a.name = e.type || '.erased')
"""

_types: list[RecordType] = []


def register_erasable(kind: RecordType) -> None:
    """Have records of this type scrubbed once they are erased."""
    _types.append(kind)


def erased_among(type: str, ids: Iterable[str], area_ids: Iterable[str]) -> set[str]:
    """Those of these records, of these areas, that were erased: what phones still bring of them isn't taken."""
    if not (wanted := set(ids)):
        return set()
    found = ask(_ERASED, [store.id_array(wanted), type, store.id_array(set(area_ids))])
    return {id for (id,) in found}


def scrub() -> int:
    """Scrub what was erased since the last round; how many records."""
    return sum(_scrub(kind) for kind in _types)


def _scrub(kind: RecordType) -> int:
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(_FIND.format(table=kind.table), [AT_ONCE])
        ids = [id for (id,) in cursor.fetchall()]
        if ids:
            cursor.execute(_SCRUB.format(table=kind.table), {"type": kind.name, "ids": ids})
    return len(ids)


register_duty(scrub)
