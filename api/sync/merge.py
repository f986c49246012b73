"""How an edit meets what others did meanwhile: field by field, each by its declared kind. Pure: no database, no clock.

The phone's edit is read against what that phone saw: the version it names, with its own later edits on top (its
answers may have been lost). What any other device changed since is "others". Source: 3-api, Push.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.records import Wire
from api.shapes import IDENTITY


@dataclass(frozen=True)
class Past:
    """A version of a record as it was: who made it, which fields it set, and how all of them stood after it.

    `data` is empty where nobody needs it (see `history.since`).
    """

    version: int
    device_id: uuid.UUID | None
    changed: frozenset[str]
    data: Wire


@dataclass
class Merged:
    """A record after an edit. `others`: another device changed something since the edit's base."""

    record: Wire
    changed: set[str] = field(default_factory=set)
    conflicts: dict[str, Any] = field(default_factory=dict)
    others: bool = False


@dataclass(frozen=True)
class Seen:
    """What a phone saw when it made an edit, and which fields others changed since."""

    view: Wire
    others: frozenset[str]


@dataclass
class Replay:
    """What a phone saw, from the version that it names on: own edits move its view, the rest are others'.

    Versions are fed in order and only once, so that many edits on one base cost no more than one. What is missing
    between two of them may have been anybody's change of any field, so it counts as others' of all.
    """

    kinds: Mapping[str, str]
    base_version: int
    device_id: uuid.UUID | None
    view: Wire = field(default_factory=dict)
    before: Wire = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    last: int = 0
    fed: int = 0

    def feed(self, past: Sequence[Past]) -> Seen:
        """Take in what is new of a list of versions that only grows."""
        for revision in past[self.fed :]:
            self._take(revision)
        self.fed = len(past)
        return Seen(self.view, frozenset(self.others))

    def _take(self, revision: Past) -> None:
        if revision.version > max(self.last, self.base_version) + 1:
            self.others |= {name for name, kind in self.kinds.items() if kind != "derived"}
        self.last = revision.version
        if revision.version <= self.base_version:
            self.view = dict(revision.data) if revision.version == self.base_version else {}
        elif self.device_id is not None and revision.device_id == self.device_id:
            for name in revision.changed:
                kind = self.kinds.get(name, "atom")
                self.view[name] = _replay(kind, self.view.get(name), self.before.get(name), revision.data.get(name))
        else:
            self.others |= {name for name in revision.changed if self.kinds.get(name) != "derived"}
        self.before = revision.data


def _replay(kind: str, view: Any, before: Any, after: Any) -> Any:
    """A phone's view of a field after its own edit took it from `before` to `after` on the server."""
    if kind == "set":
        return _set(view, before, after)
    if kind == "log":
        stood = _by_id(before)
        mine = {key: item for key, item in _by_id(after).items() if stood.get(key) != item}
        return _log(_by_id(view) | mine)
    return after


def merge(
    *, kinds: Mapping[str, str], current: Wire, sent: Wire, whole: bool, seen: Seen, derived: bool = False
) -> Merged:
    """Lay an edit on the current record.

    `sent` holds the fields that the phone sent; `whole` (a put) means that what equals its view wasn't edited. Equal
    values never conflict; a group is taken or refused together; sets and logs never conflict. Derived fields are
    ignored, unless a service of the server itself (`derived`) sets them.
    """
    result = Merged(record=dict(current), others=bool(seen.others))
    for unit, names in _units(kinds, sent, derived).items():
        if unit == "set":
            for name in names:
                _take(result, name, _set(current.get(name), seen.view.get(name), sent[name]))
        elif unit == "log":
            for name in names:
                saw, stands = _by_id(seen.view.get(name)), _by_id(current.get(name))
                mine = {
                    key: item for key, item in _by_id(sent[name]).items() if key not in stands or saw.get(key) != item
                }
                _take(result, name, _log(stands | mine))
        else:
            _merge_values(result, unit, names, kinds, sent, whole, seen)
    return result


def _merge_values(
    result: Merged, unit: str, names: list[str], kinds: Mapping[str, str], sent: Wire, whole: bool, seen: Seen
) -> None:
    """One atom, or one group: applied as a whole unless others changed any of its fields."""
    edited = [name for name in names if not (whole and name in seen.view and sent[name] == seen.view[name])]
    if all(sent[name] == result.record.get(name) for name in edited):
        return
    fields = {name for name, kind in kinds.items() if kind == unit} if unit.startswith("group:") else set(names)
    if seen.others & fields:
        result.conflicts.update({name: sent[name] for name in edited})
        return
    for name in edited:
        _take(result, name, sent[name])


def _units(kinds: Mapping[str, str], sent: Wire, derived: bool) -> dict[str, list[str]]:
    """The sent fields by what is merged together: each group, all sets, all logs, each atom for itself."""
    units: dict[str, list[str]] = {}
    for name in sent:
        kind = kinds.get(name, "atom")
        if name in IDENTITY or (kind in ("derived", "fixed") and not derived):
            continue
        alone = kind in ("atom", "derived", "fixed")
        units.setdefault(f"atom:{name}" if alone else kind, []).append(name)
    return units


def _take(result: Merged, name: str, value: Any) -> None:
    if result.record.get(name) != value:
        result.record[name] = value
        result.changed.add(name)


def _set(current: Any, base: Any, sent: Any) -> list[Any]:
    """A set with the additions and removals that lead from `base` to `sent`."""
    stands, saw, wants = set(current or ()), set(base or ()), set(sent or ())
    return sorted((stands | (wants - saw)) - (saw - wants))


def _by_id(items: Any) -> dict[str, Any]:
    return {item["id"]: item for item in items or ()}


def _log(items: Mapping[str, Any]) -> list[Any]:
    return [items[key] for key in sorted(items)]
