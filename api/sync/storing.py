"""Numbering what a transaction made, and writing all of it in one round trip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from api.actors import Statement
from api.localtime import now
from api.localtime import wire as wire_moment
from api.postgres import tell
from api.records import Made, Wire, record_type
from api.sync import answered, history, store
from api.sync.batch import Batch
from api.sync.changes import Change, Outcome


def store_all(
    batch: Batch, made: list[tuple[Change, Outcome]], alongside: Sequence[Statement]
) -> Mapping[str, Sequence[Made]]:
    """Number what changed and write everything in one round trip; what was made, by type."""
    statements = batch.pieces.statements()
    rows: dict[str, tuple[list[Wire], list[Wire]]] = defaultdict(lambda: ([], []))
    changed: dict[str, list[Made]] = defaultdict(list)
    entries: list[Wire] = []
    heads = dict(batch.heads)
    for state in batch.states.values():
        if not state.made and not state.planted:
            continue
        heads[state.area_id] = heads[state.area_id] + 1
        entries.append(
            {
                "record_id": state.id,
                "type": state.kind.name,
                "area_id": state.area_id,
                "seq": heads[state.area_id],
                "version": state.version,
                "deleted": state.deleted,
                "planted_by": batch.actor.user_id if state.planted else None,
            }
        )
        if state.made:
            gone_at = wire_moment(now()) if state.deleted else None
            rows[state.kind.name][state.loaded is not None].append(store.row(state.kind, state.made[-1].data, gone_at))
            changed[state.kind.name].append(Made(state.id, state.area_id, state.loaded, state.record))
    for name, (new, old) in rows.items():
        statements += [store.insert_rows(record_type(name), new)] if new else []
        statements += [store.update_rows(record_type(name), old)] if old else []
    for name, made_here in changed.items():
        if tell_also := record_type(name).alongside:
            statements += tell_also(batch.actor, made_here, batch.known.get(name, {}))
    if entries:
        statements.append(store.upsert_entries(entries))
        statements.append(store.move_heads({area: head for area, head in heads.items() if head != batch.heads[area]}))
    if batch.revisions:
        statements.append(history.insert(batch.revisions))
    settled = [
        answered.row(batch.actor, outcome, change, change.clock.received_at)
        for change, outcome in made
        if change.mutation_id and outcome.status != "deferred"
    ]
    if settled:
        statements.append(answered.insert(settled))
    if batch.events:
        statements.append(batch.actor.audit(batch.events))
    if statements or alongside:
        tell(statements, before=alongside)
    return changed
