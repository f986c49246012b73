"""What can be imported: each subject registers its kinds, and the engine knows nothing else of them.

A kind says which sheets its file has, who may bring one, what its rows come to (`match`), how that is written and
taken back. Its names make up the enums `ImportKind`, `SheetKind` and `ImportThingType` of the document.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from accounts.imports.columns import SheetKind
from accounts.imports.undoing import Undo
from accounts.imports.writing import Ready, carry_out, prepare
from api.actors import Actor
from api.enums import LabelledEnum
from api.problems import Text
from api.text import fold

if TYPE_CHECKING:
    from accounts.imports.load import Load
    from accounts.imports.reading import Sheet

Progress = Callable[[int], None]


class Match(Protocol):
    """Judges all rows against what there is; nothing is written. `area_id`: rows outside of it are faults."""

    def __call__(
        self,
        sheets: Sequence[Sheet],
        *,
        area_id: uuid.UUID | None,
        actor: Actor | None = None,
        progress: Progress | None = None,
    ) -> Load: ...


@dataclass(frozen=True, eq=False)
class ImportKind:
    """What a file brings.

    `roles`: who may bring one for an area where they hold one of them, and look at those that others brought.
    `things`: the types of what it makes. `known_by`: how rows are recognised when the file comes again. `kept`: how
    long file and rows stay. `screen` looks at a file before it is kept, and raises Problem for what must not be.
    `present` gives what stands in an area as cells by column, to be corrected in the template.
    """

    name: str
    title: Text
    sheets: tuple[SheetKind, ...]
    roles: frozenset[str]
    things: Mapping[str, Text]
    known_by: Text
    match: Match
    look_at: Callable[[uuid.UUID, Actor], Undo]
    plan_undo: Callable[[uuid.UUID, Any, Progress | None], Undo]
    undo: Callable[[Any, Actor], None]
    prepare: Callable[[Any, Any, Progress | None], Ready] = prepare
    carry_out: Callable[[Any], None] = carry_out
    kept: dt.timedelta = dt.timedelta(days=365)
    screen: Callable[[bytes, str], None] | None = None
    present: Callable[[Actor, uuid.UUID], Iterable[Mapping[str, str]]] | None = None

    @property
    def one_sheet(self) -> bool:
        """Whether a CSV file can hold it."""
        return len(self.sheets) == 1


_kinds: dict[str, ImportKind] = {}


def register_import(*kinds: ImportKind) -> None:
    """Let such files be brought; called from an app's `ready()`."""
    for kind in kinds:
        if kind.name in _kinds:
            raise ValueError(f"import {kind.name!r} is registered twice")
        _kinds[kind.name] = kind


def import_kinds() -> Sequence[ImportKind]:
    """All of them, in the order in which they were registered."""
    return tuple(_kinds.values())


def import_kind(name: str) -> ImportKind:
    """The kind of this name."""
    return _kinds[name]


def kinds_by_roles() -> Mapping[frozenset[str], Sequence[str]]:
    """The names of the kinds that are open to the same roles."""
    found: dict[frozenset[str], list[str]] = {}
    for kind in _kinds.values():
        found.setdefault(kind.roles, []).append(kind.name)
    return found


def importing_roles() -> frozenset[str]:
    """Who may import anything at all."""
    return frozenset().union(*(kind.roles for kind in _kinds.values()))


@cache
def sheet_kinds() -> Mapping[str, SheetKind]:
    """The sheets of all kinds, by name."""
    return {sheet.name: sheet for kind in _kinds.values() for sheet in kind.sheets}


@cache
def _called() -> Mapping[str, SheetKind]:
    return {
        fold(name): sheet
        for sheet in sheet_kinds().values()
        for name in (sheet.title.vi, sheet.title.en, sheet.name, *sheet.called)
    }


def sheet_called(name: str) -> SheetKind | None:
    """What a sheet of this name holds (`3. Người`, `NGUOI`, `people`); None for a name that says nothing."""
    return _called().get(fold(" ".join(name.split())).lstrip("0123456789.)- "))


@cache
def kind_names() -> type[LabelledEnum]:
    """The enum of what a file brings."""
    return _enum("ImportKind", {kind.name: kind.title for kind in _kinds.values()})


@cache
def sheet_names() -> type[LabelledEnum]:
    """The enum of what a sheet holds."""
    return _enum("SheetKind", {sheet.name: sheet.title for sheet in sheet_kinds().values()})


@cache
def thing_names() -> type[LabelledEnum]:
    """The enum of what imports make."""
    return _enum("ImportThingType", {name: text for kind in _kinds.values() for name, text in kind.things.items()})


def _enum(name: str, labels: Mapping[str, Text]) -> type[LabelledEnum]:
    members = [(value.upper(), (value, text.vi, text.en)) for value, text in labels.items()]
    return LabelledEnum(name, members, module=__name__)  # type: ignore[call-overload]
