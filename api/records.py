"""Records: what every record that teams make has in common, and the register of their types.

A record type is a folder with a model, a serializer and one `register(RecordType(…))`; the REST views, sync, merging,
scope, revisions and the document follow from it. This module knows no type by name.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from api.ids import uuid7

if TYPE_CHECKING:
    from api.actors import Actor, Statement
    from api.problems import FieldError
    from api.shapes import Shape

Wire = dict[str, Any]
"""A record in its wire form: JSON values under the names that an integrator sees."""

Known = Mapping[str, Any]
"""What a type looked up in other tables for the records of one write; empty where it looks up nothing."""


class Record(models.Model):
    """The columns of every record.

    References are UUIDs without foreign keys: children may arrive before their parents.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    area_id = models.UUIDField()
    version = models.IntegerField(default=1)
    recorded_at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    clock_skew_s = models.BigIntegerField(default=0)
    author_id = models.UUIDField(null=True)
    device_id = models.UUIDField(null=True)
    flags = ArrayField(models.TextField(), default=list)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["area_id", "-occurred_at", "-id"], name="%(class)s_by_area", condition=models.Q(deleted_at=None)
            ),
        ]


@dataclass(frozen=True)
class Access:
    """Who may do what with a type, by role. Type and role alone decide what is seen, never the row.

    `team_write` roles write only records of their own teams (`team_id`); `count` roles see figures, no records.
    """

    read: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    team_write: frozenset[str] = frozenset()
    count: frozenset[str] = frozenset()

    def may_read(self, roles: Iterable[str]) -> bool:
        """Whether any of the roles sees records of this type."""
        return not self.read.isdisjoint(roles)


def access(*, read: str = "", write: str = "", team_write: str = "", count: str = "") -> Access:
    """`Access` from roles written as words: `access(read="member leader", write="leader")`. Who writes also reads."""
    split = [frozenset(words.split()) for words in (read, write, team_write, count)]
    return Access(read=split[0] | split[1] | split[2], write=split[1], team_write=split[2], count=split[3])


def no_rules(_: Wire, __: Known) -> list[FieldError]:
    """The rule set of a type that has no rule across fields."""
    return []


def nothing(_: Wire) -> Wire:
    """Nothing added."""
    return {}


def nothing_derived(_: Wire, __: Known) -> Wire:
    """Nothing derived."""
    return {}


def anything(_: Actor, before: Wire | None, after: Wire | None) -> bool:
    """What a type allows whoever may write it, unless it says otherwise."""
    return True


def nothing_late(_: Actor, __: Wire, ___: Wire) -> Sequence[str]:
    """What a type lets who left add to others' records, unless it says otherwise."""
    return ()


def plain_verb(before: Wire | None, after: Wire | None) -> str:
    """The audit verb of a change: created, updated or deleted."""
    return "created" if before is None else "deleted" if after is None else "updated"


@dataclass(frozen=True)
class Made:
    """What one write made of a record: as it was and as it is, None before it was created and once it is deleted."""

    id: uuid.UUID
    area_id: uuid.UUID
    before: Wire | None
    after: Wire | None


@dataclass(frozen=True)
class Seen:
    """Which records of a type an answer showed: by id or, to a phone that syncs, by numbers (from, to) in streams."""

    what: str
    ids: Sequence[uuid.UUID] = ()
    area_id: uuid.UUID | None = None
    areas: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    count: int = 0


@dataclass(frozen=True, eq=False)
class RecordType:
    """One type of record, declared once.

    `serializer` is the shape; `access` says who; `rules` are checked on the merged whole; `derive` gives columns
    computed from a record's wire form (derived fields of the document), `columns` those of its table alone (search
    keys). Where these need other tables, `consult` reads there once a write, for all its records of this type (as they
    stood and as they were sent), and what it found is given to `rules`, `derive` and `alongside` as `known`.
    `alongside` gives statements that must hold together with what was made: a job, a row of another table; `afterwards`
    is called in the same transaction once all is stored, to `write` what follows in other types' records of these
    areas. `verb` names what happened in the audit trail. `downward` types are also read below the area that they belong
    to; `writable` ones may be sent by phones and clients; `row_security` ones are guarded in the database too.
    `acknowledge` adds members to the answers that report its writes; `acknowledgement` is their serializer. `beside`
    gives, by the name of a view (`CollectionView`, `ItemView`), a class with methods of the type's own for its path.
    `walked`: an index gives the whole table in its `order`, for the lists of those who see whole provinces (what is
    written all evening does without; `api.listing.WALKS` keeps it for those lists). `unfinished` is a column and its
    values in records that somebody still works on.
    `allows` says of one change by somebody who may write the type whether it is theirs to make, by the record before
    and after (None: not there): what role and team alone can't tell; it asks nothing of the database. `late_entries`
    gives the moments of what an edit (`data`) adds of the actor's own to somebody else's record, by which it may still
    be delivered after a membership has ended; none if it does anything else. `lasts` is the problem that meets whoever
    deletes a record of which its condition holds. `dated` is the column that `since` and
    `until` of its list mean. `seen` is told what each answer showed of it, before it goes out.
    """

    name: str
    collection: str
    model: type[Record]
    serializer: type[Any]
    access: Access
    downward: bool = False
    writable: bool = True
    row_security: bool = False
    filters: Sequence[str] = ()
    search: Sequence[str] = ()
    order: tuple[str, str] = ("occurred_at", "DESC")
    walked: bool = False
    dated: str = "occurred_at"
    made_at: str = "recorded_at"
    rules: Callable[[Wire, Known], list[FieldError]] = no_rules
    derive: Callable[[Wire, Known], Wire] = nothing_derived
    columns: Callable[[Wire], Wire] = nothing
    allows: Callable[[Actor, Wire | None, Wire | None], bool] = anything
    lasts: tuple[str, Callable[[Wire], bool]] | None = None
    late_entries: Callable[[Actor, Wire, Wire], Sequence[str]] = nothing_late
    consult: Callable[[Actor, Sequence[Wire]], Known] | None = None
    alongside: Callable[[Actor, Sequence[Made], Known], list[Statement]] | None = None
    afterwards: Callable[[Actor, Sequence[Made]], None] | None = None
    verb: Callable[[Wire | None, Wire | None], str] = plain_verb
    verbs: frozenset[str] = frozenset({"created", "updated", "deleted"})
    acknowledge: Callable[[Actor, Sequence[uuid.UUID]], Mapping[uuid.UUID, Wire]] | None = None
    acknowledgement: type[Any] | None = None
    beside: Callable[[], Mapping[str, type[Any]]] | None = None
    unfinished: tuple[str, Sequence[str]] | None = None
    seen: Callable[[Actor, Seen], None] | None = None

    def recorded_at(self, data: Wire) -> str | None:
        """When the phone wrote this, as it says; `made_at` names the field that tells if `recorded_at` is left out."""
        return data.get("recorded_at") or data.get(self.made_at)

    @cached_property
    def shape(self) -> Shape:
        """The shape that the serializer declares: decoding, columns and SQL derived from it."""
        from api.shapes import shape_of

        return shape_of(self.serializer)  # type: ignore[arg-type]

    @property
    def table(self) -> str:
        """The name of its table."""
        return self.model._meta.db_table


@dataclass(frozen=True, eq=False)
class UnionType:
    """Something that grows in pieces beside a record of type `target` and under its id, as a track beside its patrol.

    `union` must not care for order or repeats. `summary` gives the derived fields that the target takes over. The
    table has the columns id, area_id (its key together), data, author_id, received_at.
    """

    name: str
    target: str
    table: str
    serializer: type[Any]
    validate: Callable[[object], list[FieldError]]
    union: Callable[[bytes | None, Sequence[Wire]], bytes]
    summary: Callable[[bytes], Wire]


_types: dict[str, RecordType] = {}
_unions: dict[str, UnionType] = {}


def register(record_type: RecordType) -> RecordType:
    """Add a type; called from an app's `ready()`. A name or collection that is taken is a programming error."""
    taken = {t.collection for t in _types.values()}
    if record_type.name in _types or record_type.collection in taken:
        raise ValueError(f"record type {record_type.name!r} is registered twice")
    _types[record_type.name] = record_type
    return record_type


def record_types() -> Mapping[str, RecordType]:
    """All registered types by name."""
    return _types


def record_type(name: str) -> RecordType:
    """The type of that name; KeyError if there is none."""
    return _types[name]


def register_union(union: UnionType) -> UnionType:
    """Add a type that grows in pieces."""
    _unions[union.name] = union
    return union


def target_of(name: str) -> RecordType | None:
    """The record type that a mutation of this type is about (a track's is its patrol's), if there is one."""
    union = _unions.get(name)
    return _types.get(union.target if union else name)


def union_types() -> Mapping[str, UnionType]:
    """All types that grow in pieces, by name."""
    return _unions
