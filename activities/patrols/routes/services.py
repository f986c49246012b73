"""What is done with checkpoints beside writing them: renewing a code, telling it for a tag, printing codes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import orjson

from accounts.areas.tree import below
from accounts.events import record, register_events
from accounts.rights import heads_team, require_in
from activities.patrols.routes.codes import LAST_VERSION, code_of
from activities.patrols.routes.registration import CHECKPOINT, ROUTE
from activities.patrols.routes.sheets import print_codes
from api.actors import Actor, Event
from api.listing import read_one
from api.localtime import now, wire
from api.problems import FieldError, Problem
from api.records import RecordType, Wire
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write_one
from api.transactions import run_in

MOST_CODES = 100
register_events("checkpoint.code_told", "checkpoints.printed")
_BELOW = f"""
SELECT {CHECKPOINT.shape.select} FROM checkpoint t JOIN (
  SELECT DISTINCT ON (p.area_id) p.area_id, p.path
  FROM area_placement root JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL
  WHERE root.area_id = %s AND root.valid_to IS NULL) here ON here.area_id = t.area_id
WHERE t.deleted_at IS NULL ORDER BY here.path, t.text_fold, t.id LIMIT %s
"""


def renew_code(*, actor: Actor, checkpoint_id: uuid.UUID, code_version: int) -> Wire:
    """Give a checkpoint a new code in place of this version, and give the checkpoint back as it then stands.

    By police officers there, and by the head of the team that it belongs to. What was renewed already stays as it is.
    Raises Problem `not_found`, `gone`, `forbidden`, and `invalid` for a version that isn't there yet or is the last.
    """
    checkpoint = _given_by(actor, CHECKPOINT, checkpoint_id)
    stands = checkpoint["code_version"]
    if code_version > min(stands, LAST_VERSION - 1):
        most = min(stands, LAST_VERSION - 1)
        raise Problem("invalid", errors=[FieldError("/code_version", "too_large", {"max": most})])
    if code_version < stands:
        return checkpoint
    outcome = write_one(
        actor,
        Change(
            type="checkpoint",
            id=checkpoint_id,
            op="patch",
            area_id=uuid.UUID(checkpoint["area_id"]),
            data={"code_version": stands + 1, "code_renewed_at": [*checkpoint["code_renewed_at"], wire(now())]},
            base_version=checkpoint["version"],
            system=True,
        ),
    )
    assert outcome.record is not None
    return outcome.record


def tell_code(*, actor: Actor, checkpoint_id: uuid.UUID) -> Wire:
    """A checkpoint's code as text, for its NFC tag; who asked stands in the trail. By the same people.

    In the caller's transaction. Raises Problem `not_found`, `gone` and `forbidden`.
    """
    checkpoint = _given_by(actor, CHECKPOINT, checkpoint_id)
    version = checkpoint["code_version"]
    details = {"code_version": version}
    record(
        Event("checkpoint.code_told", uuid.UUID(checkpoint["area_id"]), "checkpoint", checkpoint_id, details), by=actor
    )
    return {"checkpoint_id": checkpoint["id"], "code_version": version, "code": code_of(checkpoint_id, version)}


def print_checkpoint(*, actor: Actor, checkpoint_id: uuid.UUID) -> bytes:
    """One checkpoint's code on A4. By the same people; opens its own transaction. Raises the same."""
    checkpoint = _given_by(actor, CHECKPOINT, checkpoint_id)
    return _print(actor, checkpoint["name"], [checkpoint], ("checkpoint", checkpoint))


def print_route(*, actor: Actor, route_id: uuid.UUID) -> bytes:
    """The codes of a route's checkpoints in its order: of those that the actor may give, as far as they are there.

    By police officers there, and by the head of the team whose route it is; opens its own transaction. Raises Problem
    `not_found`, `gone`, `forbidden`, `no_checkpoints`.
    """
    route = _given_by(actor, ROUTE, route_id)
    ids = [uuid.UUID(stop["checkpoint_id"]) for stop in route["stops"]]
    known = {each["id"]: each for each in store.rows_of(CHECKPOINT, ids)}
    stops = [known[str(id)] for id in ids if str(id) in known]
    return _print(actor, route["name"], _giving(actor, stops), ("route", route))


def print_area(*, actor: Actor, area_id: uuid.UUID) -> bytes:
    """The codes of all checkpoints of an area and below, by its police officers; opens its own transaction.

    Raises Problem `not_found`, `forbidden`, `no_checkpoints`, `too_many_codes`.
    """
    require_in(actor, area_id, {"police_officer"})
    found = [orjson.loads(row[0]) for row in store.query(_BELOW, [area_id, MOST_CODES + 1])]
    if len(found) > MOST_CODES:
        raise Problem("too_many_codes", params={"max": MOST_CODES})
    return _print(actor, "", found, ("area", {"id": str(area_id), "area_id": str(area_id)}))


def _print(actor: Actor, title: str, checkpoints: Sequence[Wire], subject: tuple[str, Wire]) -> bytes:
    if not checkpoints:
        raise Problem("no_checkpoints")
    pdf = print_codes(title, checkpoints)
    kind, about = subject
    details = {"count": len(checkpoints), "checkpoint_ids": [each["id"] for each in checkpoints]}
    event = Event("checkpoints.printed", uuid.UUID(about["area_id"]), kind, uuid.UUID(about["id"]), details)
    run_in("write", lambda: record(event, by=actor))
    return pdf


def _given_by(actor: Actor, kind: RecordType, record_id: uuid.UUID) -> Wire:
    """A record whose codes the actor may give. Raises Problem `not_found`, `gone`, `forbidden`."""
    found: Wire = orjson.loads(read_one(actor, kind, record_id)[0])
    if not _giving(actor, [found]):
        try:
            require_in(actor, uuid.UUID(found["area_id"]), {"police_officer"})  # says if a second factor is missing
        except Problem as refused:
            # What an area above issued can be read, so it is there.
            raise Problem("forbidden") if refused.code == "not_found" else refused from None
    return found


def _giving(actor: Actor, found: Sequence[Wire]) -> list[Wire]:
    """Of these, what the actor looks after. One query."""
    standings = actor.standing({uuid.UUID(each["area_id"]) for each in found})

    def gives(each: Wire) -> bool:
        standing = standings.get(uuid.UUID(each["area_id"]))
        police = standing is not None and "police_officer" in standing.roles
        return police or (each["team_id"] is not None and heads_team(actor, uuid.UUID(each["team_id"])))

    return [each for each in found if gives(each)]
