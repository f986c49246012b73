"""What grows in pieces beside a record: they may come in any order, any number of times, before the record too."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from api.actors import Actor, Statement
from api.postgres import ask
from api.records import RecordType, UnionType, Wire, union_types
from api.sync import store
from api.sync.changes import Change, Outcome


@dataclass
class UnionRows:
    """The stored unions that a batch touches, by (union type, id)."""

    data: dict[tuple[str, uuid.UUID], bytes]
    author_id: uuid.UUID | None
    grown: dict[tuple[str, uuid.UUID], Change] = field(default_factory=dict)
    pieces: dict[tuple[str, uuid.UUID], list[tuple[Change, Outcome]]] = field(default_factory=dict)

    @classmethod
    def load(
        cls, actor: Actor, changes: Iterable[Change], missing: Mapping[uuid.UUID, tuple[str, uuid.UUID]]
    ) -> UnionRows:
        """Read those that pieces are added to, and those whose record may come with this batch.

        `missing` are the records that aren't there yet, each with type and area. A union belongs to its area: what
        lies under the same id elsewhere is another one.
        """
        data: dict[tuple[str, uuid.UUID], bytes] = {}
        named = list(changes)
        for union in union_types().values():
            places = {change.id: change.area_id for change in named if change.type == union.name}
            places |= {record_id: area_id for record_id, (kind, area_id) in missing.items() if kind == union.target}
            if places:
                rows = ask(
                    "SELECT u.id, u.data FROM unnest(%s::uuid[], %s::uuid[]) p(id, area_id) "
                    f"JOIN {union.table} u USING (id, area_id)",
                    [store.id_array(places), store.id_array(places.values())],
                )
                data.update({(union.name, record_id): bytes(stored) for record_id, stored in rows})
        return cls(data, actor.user_id)

    def add(self, change: Change, outcome: Outcome) -> None:
        """Take a piece in; `unite` settles its outcome."""
        self.pieces.setdefault((change.type, change.id), []).append((change, outcome))

    def unite(self) -> Iterator[tuple[Change, list[Outcome]]]:
        """Unite all pieces of an id at once: its last change and the outcomes, `unchanged` if nothing was new."""
        for key, taken in self.pieces.items():
            stored = self.data.get(key)
            pieces = [{name: value for name, value in c.data.items() if name != "area_id"} for c, _ in taken]
            united = union_types()[key[0]].union(stored, pieces)
            outcomes = [outcome for _, outcome in taken]
            if united == stored:
                for outcome in outcomes:
                    outcome.status = "unchanged"
            else:
                self.data[key] = united
                self.grown[key] = taken[-1][0]
            yield taken[-1][0], outcomes

    def grown_ids(self, union_name: str) -> set[uuid.UUID]:
        """The ids whose union holds something new."""
        return {record_id for name, record_id in self.grown if name == union_name}

    def summary(self, union_name: str, record_id: uuid.UUID) -> Wire:
        """What follows for the record from all pieces together."""
        return union_types()[union_name].summary(self.data[union_name, record_id])

    def derived(self, kind: RecordType, record_id: uuid.UUID) -> Wire:
        """The same for a record that comes after its pieces."""
        found: Wire = {}
        for union in union_types().values():
            if union.target == kind.name and (union.name, record_id) in self.data:
                found |= self.summary(union.name, record_id)
        return found

    def statements(self) -> list[Statement]:
        """What to store, one statement a type."""
        return [
            self._upsert(union) for union in union_types().values() if any(key[0] == union.name for key in self.grown)
        ]

    def _upsert(self, union: UnionType) -> Statement:
        rows = [
            {
                "id": record_id,
                "area_id": change.area_id,
                "data": "\\x" + self.data[name, record_id].hex(),
                "author_id": self.author_id,
                "received_at": change.clock.received_at,
            }
            for (name, record_id), change in self.grown.items()
            if name == union.name
        ]
        sql = (
            f"INSERT INTO {union.table} (id, area_id, data, author_id, received_at) "
            "SELECT id, area_id, data, author_id, received_at "
            f"FROM json_populate_recordset(NULL::{union.table}, %s::json) "
            "ON CONFLICT (id, area_id) DO UPDATE SET data = excluded.data"
        )
        return sql, [store.as_json(rows)]
