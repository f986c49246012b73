"""The check of a list of households: each row against what stands in its hamlet. Nothing is written.

A household is known by its id where the list has one, else by hamlet, house number and householder, without accents.
Empty cells leave what is known. Who moved away stays as it is; of the same name and house, somebody new is registered.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.areas.checks import today
from accounts.imports.load import Cells, Load, Row
from accounts.imports.places import Scope
from accounts.imports.reading import Line, Sheet
from accounts.imports.values import (
    BadValue,
    Cell,
    read_choice,
    read_code,
    read_day,
    read_phone,
    read_text,
    read_whole,
    written,
)
from activities.pledges.households.importing.alike import Alike, Known
from activities.pledges.households.importing.hamlets import Hamlet, Hamlets
from activities.pledges.households.importing.sheet import HOUSEHOLDS
from activities.pledges.households.rules import faults, search_columns
from activities.pledges.models import ResidenceStatus
from api.actors import Actor
from api.ids import uuid7
from api.localtime import now, wire
from api.postgres import ask
from api.records import Wire
from api.sync.changes import Change
from api.sync.store import id_array

Key = tuple[uuid.UUID, str, str]
"""Hamlet, house number and householder; the last two folded."""
FIELDS = ("house_number", "householder", "size", "residence_status", "resident_from", "resident_until", "phone")
_STANDING = """
SELECT id, area_id, version, house_fold, householder_fold, house_number, householder, size, residence_status,
  resident_from::text, resident_until::text, phone
FROM household WHERE deleted_at IS NULL AND area_id = ANY(%s::uuid[]) ORDER BY id
"""
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?", re.ASCII)
_MOST_PEOPLE = 200


@dataclass(frozen=True)
class Standing:
    """A household as it was read."""

    known: Known
    version: int
    values: Wire

    def resident(self, day: str) -> bool:
        """Whether it hasn't moved out by that day."""
        return self.values["resident_until"] is None or self.values["resident_until"] > day


@dataclass
class HouseholdLoad(Load):
    """What the check relied on: the households that it read, and the keys that it found to be free."""

    read: set[uuid.UUID] = field(default_factory=set)
    new: set[Key] = field(default_factory=set)


def match(
    sheets: Sequence[Sheet],
    *,
    area_id: uuid.UUID | None,
    actor: Actor | None = None,
    progress: Callable[[int], None] | None = None,
) -> HouseholdLoad:
    """Judge all rows; five queries, whatever their number."""
    load = HouseholdLoad(progress)
    [sheet] = [each for each in sheets if each.kind is HOUSEHOLDS]
    hamlets = Hamlets.of(Scope.of(area_id))
    with load.judging(sheet, HOUSEHOLDS):
        placed = [(line, *_placed(line, hamlets)) for line in sheet.lines]
        judge = _Judge(load, {hamlet.id for _, hamlet, _ in placed if hamlet}, actor)
        for line, hamlet, bad in placed:
            judge.row(Cells(load.begin(HOUSEHOLDS, sheet.name, line.line), line, HOUSEHOLDS), hamlet, bad)
    return load


def _placed(line: Line, hamlets: Hamlets) -> tuple[Hamlet | None, BadValue | None]:
    """The hamlet that a row names, or what is wrong with that."""
    try:
        return hamlets.find(written(line.cells.get("hamlet")), read_code(line.cells.get("commune_code"))), None
    except BadValue as bad:
        return None, bad


class _Judge:
    """Judges rows, and remembers what earlier ones said."""

    def __init__(self, load: HouseholdLoad, areas: set[uuid.UUID], actor: Actor | None) -> None:
        self.load, self.day, self.moment = load, today().isoformat(), wire(now())
        self.by_id: dict[uuid.UUID, Standing] = {}
        self.by_key: dict[Key, list[Standing]] = defaultdict(list)
        self.alike, self.seen = Alike(), dict[Any, int]()
        self.areas = {str(area) for area in areas}
        for id, area, version, house, householder, *values in ask(_STANDING, [id_array(areas)], as_actor=actor):
            told: Wire = dict(zip(FIELDS, values, strict=True))
            known = Known(id, area, told["house_number"], told["householder"], told["phone"], house, householder)
            standing = self.by_id[id] = Standing(known, version, told)
            self.by_key[area, house, householder].append(standing)
            load.read.add(id)
            if standing.resident(self.day):
                self.alike.add(known)

    def row(self, cells: Cells, hamlet: Hamlet | None, bad: BadValue | None) -> None:
        """One row."""
        if bad:
            cells.wrong("hamlet", bad.code, bad.params)
        named = cells.read("id", _id)
        values = _values(cells)
        house, householder = values.get("house_number"), values.get("householder")
        cells.row.label = " · ".join(filter(None, (householder, house)))
        if hamlet is None or householder is None:
            return
        folded = search_columns({"house_number": house, "householder": householder})
        key = hamlet.id, folded["house_fold"], folded["householder_fold"]
        standing = self._standing(cells, key, named, values)
        cells.row.subject_id = standing.known.id if standing else None
        self._once(cells, key, standing)
        self._fit(cells, hamlet, standing, values)
        if not cells.bad:
            self._carry(cells, key, standing, values)

    def _standing(self, cells: Cells, key: Key, named: uuid.UUID | None, values: Wire) -> Standing | None:
        """The household that a row is about, if it is there."""
        if named is not None:
            standing = self.by_id.get(named)
            if standing is None or standing.known.area_id != key[0]:
                cells.wrong("id", "household_unknown")
                return None
            return standing
        found = self.by_key.get(key, ())
        here = [each for each in found if each.resident(self.day)]
        if not here and values.get("resident_until"):
            here = [each for each in found if each.values["resident_until"] == values["resident_until"]][:1]
        if not here and found:
            cells.warn("householder", "household_back", {"day": _shown(found[-1].values["resident_until"])})
        if len(here) > 1:
            cells.wrong("householder", "household_ambiguous", {"count": len(here)})
        return here[0] if here else None

    def _once(self, cells: Cells, key: Key, standing: Standing | None) -> None:
        """No household stands in two rows."""
        first = self.seen.setdefault(standing.known.id if standing else key, cells.line.line)
        if first != cells.line.line:
            cells.wrong("", "household_twice", {"line": first})

    def _fit(self, cells: Cells, hamlet: Hamlet, standing: Standing | None, values: Wire) -> None:
        """What must be true of a household as a whole."""
        stood = standing.values if standing else dict.fromkeys(FIELDS) | {"residence_status": _USUAL}
        known: dict[str, Any] = {"hamlets": self.areas}
        for fault in faults({**stood, **values, "area_id": str(hamlet.id)}, known):
            cells.wrong(fault.pointer.removeprefix("/"), fault.code, fault.params)

    def _carry(self, cells: Cells, key: Key, standing: Standing | None, values: Wire) -> None:
        """What a sound row asks for."""
        row, area = cells.row, key[0]
        if standing is None:
            one = self._known(uuid7(), key, values, cells.line.line)
            self._put(row, one, values)
            self.load.new.add(key)
        else:
            changed = {name: value for name, value in values.items() if value != standing.values[name]}
            for name, value in changed.items():
                row.alters(name, standing.values[name], value)
            if not changed:
                return
            one = self._known(standing.known.id, key, {**standing.values, **values}, cells.line.line)
            self.load.changes.append(
                Change("household", one.id, "patch", area, changed, expected_version=standing.version)
            )
        for reason, other in self.alike.of(one):
            if standing is None or reason.value in changed:
                cells.warn(_COLUMN[reason.value], f"household_alike_{reason.value}", other.told())
        if standing is None:
            self.alike.add(one)

    @staticmethod
    def _known(id: uuid.UUID, key: Key, values: Wire, line: int) -> Known:
        area, house, householder = key
        return Known(
            id, area, values.get("house_number"), values["householder"], values.get("phone"), house, householder, line
        )

    def _put(self, row: Row, one: Known, values: Wire) -> None:
        data = {"id": str(one.id), "area_id": str(one.area_id), "recorded_at": self.moment, **dict.fromkeys(FIELDS)}
        data |= {"residence_status": _USUAL} | values
        self.load.changes.append(Change("household", one.id, "put", one.area_id, data))
        self.load.made("household", one.id, row)


_USUAL = ResidenceStatus.PERMANENT.value
_COLUMN = {"phone": "phone", "house_number": "house_number", "name": "householder"}


def _values(cells: Cells) -> Wire:
    """What a row says of a household, as the record has it; what it doesn't say is absent."""

    def text(column: str) -> str | None:
        return cells.read(column, lambda cell: read_text(cell, cells.columns[column]))

    def day(column: str) -> str | None:
        found: dt.date | None = cells.read(column, read_day)
        return found.isoformat() if found else None

    found = {
        "house_number": cells.read("house_number", lambda cell: _house_number(cell, cells)),
        "householder": text("householder"),
        "size": cells.read("size", lambda cell: read_whole(cell, 1, _MOST_PEOPLE)),
        "residence_status": cells.read("residence_status", lambda cell: read_choice(cell, tuple(ResidenceStatus))),
        "resident_from": day("resident_from"),
        "resident_until": day("resident_until"),
        "phone": cells.read("phone", read_phone),
    }
    return {name: value for name, value in found.items() if value is not None}


def _house_number(cell: Cell, cells: Cells) -> str:
    """Excel makes a day of `12/3`; which number stood there nobody can tell any more."""
    if isinstance(cell, str) and _DATE.fullmatch(cell):
        raise BadValue("house_number_is_day")
    return read_text(cell, cells.columns["house_number"])


def _id(cell: Cell) -> uuid.UUID:
    try:
        return uuid.UUID(written(cell))
    except ValueError:
        raise BadValue("household_unknown") from None


def _shown(day: str) -> str:
    return dt.date.fromisoformat(day).strftime("%d/%m/%Y")
