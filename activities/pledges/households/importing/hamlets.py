"""The hamlets that rows of households name: by id, by code, by name, or by a path of names such as `Thôn 3, Xã A`."""

from __future__ import annotations

import difflib
import re
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.areas.names import AreaKind, Name
from accounts.areas.tree import below
from accounts.imports.places import Scope
from accounts.imports.values import BadValue
from api.postgres import ask
from api.text import fold

_WITHIN = f"""
SELECT DISTINCT h.id, h.kind, h.name, h.code, c.kind, c.name, c.code, v.kind, v.name
FROM unnest(%s::text[]) root(path) JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL
  JOIN area h ON h.id = p.area_id AND h.level = 'hamlet' AND h.valid_to IS NULL AND h.deleted_at IS NULL
  JOIN area c ON c.id = h.parent_id LEFT JOIN area v ON v.id = c.parent_id
"""
_PARTS = re.compile(r"[,;/|>\\]")


@dataclass(frozen=True)
class Hamlet:
    """A hamlet, and what people call that which it lies in, folded."""

    id: uuid.UUID
    name: str
    commune: str
    above: frozenset[str]


@dataclass
class Hamlets:
    """The hamlets within an import's area."""

    by_id: dict[uuid.UUID, Hamlet] = field(default_factory=dict)
    _called: dict[str, list[Hamlet]] = field(default_factory=lambda: defaultdict(list))
    _meant: dict[tuple[str, str], Hamlet] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: Scope) -> Hamlets:
        """One query."""
        found = cls()
        for id, kind, name, code, *above in ask(_WITHIN, [list(scope.roots)]):
            commune_kind, commune, commune_code, province_kind, province = above
            full, full_commune = Name(AreaKind(kind), name).full, Name(AreaKind(commune_kind), commune).full
            names = {full_commune, commune, commune_code or ""}
            if province_kind:
                names |= {Name(AreaKind(province_kind), province).full, province}
            hamlet = Hamlet(id, full, full_commune, frozenset(map(fold, names - {""})))
            found.by_id[id] = hamlet
            for called in {fold(full), fold(name), fold(code or "")} - {""}:
                found._called[called].append(hamlet)
        return found

    def find(self, text: str, commune_code: str) -> Hamlet:
        """The one that is meant; without a name the only one there is. BadValue if there is none, or several."""
        known = self._meant.get((text, commune_code))
        if known is None:
            known = self._meant[text, commune_code] = self._find(text, commune_code)
        return known

    def _find(self, text: str, commune_code: str) -> Hamlet:
        if not text and len(self.by_id) == 1:
            return next(iter(self.by_id.values()))
        if not text:
            raise BadValue("required")
        found = {hamlet.id: hamlet for hamlet in self._candidates(text, {fold(commune_code)} - {""})}
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            told = sorted(f"{each.name}, {each.commune}" for each in found.values())
            raise BadValue("household_hamlet_ambiguous", hamlets="; ".join(told[:5]))
        raise BadValue("household_hamlet_unknown", **self._near(text))

    def _candidates(self, text: str, within: set[str]) -> list[Hamlet]:
        """By id; else by its own name; else by one part of a path whose other parts name what it lies in."""
        try:
            named = self.by_id.get(uuid.UUID(text))
            return [named] if named else []
        except ValueError:
            pass
        for own, others in _readings(text):
            found = [each for each in self._called.get(own, ()) if within | others <= each.above]
            if found:
                return found
        return []

    def _near(self, text: str) -> dict[str, str]:
        for own, _ in _readings(text):
            if near := difflib.get_close_matches(own, list(self._called), 1):
                return {"near": self._called[near[0]][0].name}
        return {}


def _readings(text: str) -> Iterator[tuple[str, set[str]]]:
    """The ways to read it: all of it as a name (`Khu phố 3/2`), then each part in turn as the hamlet's."""
    yield fold(text), set()
    parts = [fold(part.strip()) for part in _PARTS.split(text) if part.strip()]
    for place, own in enumerate(parts if len(parts) > 1 else ()):
        yield own, {*parts[:place], *parts[place + 1 :]}
