"""A record's past versions, and the values that lost a conflict until someone chooses."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from rest_framework import serializers

from api.actors import Actor, Event
from api.enums import LabelledEnum
from api.fields import Choice, Id
from api.pagination import decode_cursor, encode_cursor
from api.problems import Problem
from api.records import RecordType, Wire
from api.sync import store
from api.sync.changes import Change, Outcome
from api.sync.engine import write


class RevisionStatus(LabelledEnum):
    """What a revision is."""

    APPLIED = "applied", "Đã ghi", "Applied"
    CONFLICT = "conflict", "Chờ chọn", "Waiting for a choice"
    RESOLVED = "resolved", "Đã chọn", "Resolved"


class ConflictChoice(LabelledEnum):
    """Which value shall stand."""

    STORED = "stored", "Giữ bản đang có", "Keep what stands"
    SENT = "sent", "Lấy bản đã gửi", "Take what was sent"


class Revision(serializers.Serializer):
    """One version of a record, or (`status` conflict) the fields that were sent and not taken."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    base_version = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(choices=RevisionStatus.choices)
    op = serializers.CharField()
    changed = serializers.ListField(child=serializers.CharField())
    data = serializers.DictField()  # type: ignore[assignment]
    author_id = serializers.UUIDField(allow_null=True)
    device_id = serializers.UUIDField(allow_null=True)
    received_at = serializers.DateTimeField()


class ResolveRequest(serializers.Serializer):
    """The revision that waits, and which value shall stand."""

    revision_id = Id()
    choose = Choice(choices=ConflictChoice.choices)


_JSON = """json_build_object('id', r.id, 'version', r.version, 'base_version', r.base_version, 'status', r.status,
  'op', r.op,
  'changed', r.changed, 'data', r.data, 'author_id', r.author_id, 'device_id', r.device_id,
  'received_at', to_char(r.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text"""


def revisions_page(
    kind: RecordType, record_id: uuid.UUID, *, limit: int, cursor: str | None, status: str | None
) -> dict[str, Any]:
    """A page of revisions, newest first; `status` narrows to one kind."""
    where, params = ["r.record_id = %s", "r.type = %s"], [record_id, kind.name]
    if status is not None:
        if status not in RevisionStatus.values:
            raise Problem("parameter_invalid", params={"parameter": "status"})
        where.append("r.status = %s")
        params.append(status)
    if cursor:
        where.append("(r.received_at, r.id) < (%s, %s)")
        params += decode_cursor(cursor, f"revisions:{record_id}:{status}")
    rows = store.query(
        f"SELECT {_JSON}, r.received_at::text, r.id::text FROM revision r WHERE {' AND '.join(where)} "
        "ORDER BY r.received_at DESC, r.id DESC LIMIT %s",
        [*params, limit + 1],
    )
    last = rows[limit - 1][1:] if len(rows) > limit else None
    return {
        "items": [orjson.Fragment(row[0]) for row in rows[:limit]],
        "next_cursor": encode_cursor(list(last), f"revisions:{record_id}:{status}") if last else None,
    }


def resolve(
    *, actor: Actor, kind: RecordType, record: Wire, version: int, revision_id: uuid.UUID, choose: str
) -> Outcome:
    """Settle a conflict: the value that stands stays, or the one that was sent takes its place (a new version).

    Settling what is settled changes nothing. Raises `not_found` for a revision that isn't a conflict of this record.
    """
    area_id, record_id = uuid.UUID(record["area_id"]), uuid.UUID(record["id"])
    standing = actor.standing([area_id]).get(area_id)
    if standing is None or not standing.may_write(kind, record.get("team_id")):
        raise Problem("forbidden")
    rows = store.query(
        "SELECT op, data::text, status FROM revision WHERE id = %s AND record_id = %s AND type = %s "
        "AND status <> 'applied' FOR UPDATE",
        [revision_id, record["id"], kind.name],
    )
    if not rows:
        raise Problem("not_found")
    op, data, status = rows[0]
    if status == "resolved":
        return Outcome("unchanged", version=version, record=record)
    settle = ("UPDATE revision SET status = 'resolved' WHERE id = %s AND record_id = %s", [revision_id, record_id])
    told = actor.audit([Event("conflict.resolved", area_id, kind.name, record_id, {"chose": choose})])
    if choose == "stored":
        store.run([settle, told])
        return Outcome("unchanged", version=version, record=record)
    sent = {name: value for name, value in orjson.loads(data).items() if name != "version"}
    change = Change(
        kind.name,
        record_id,
        "delete" if op == "delete" else "patch",
        area_id,
        sent,
        base_version=version,
        expected_version=version,
    )
    return write(actor, [change], alongside=[settle, told])[0]
