"""Where an import may write, and the communes, hamlets and teams that its rows name there."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from accounts.areas.names import AreaLevel, Name, parse_name
from accounts.areas.placing import homes
from accounts.areas.services import name_of
from accounts.imports.values import BadValue
from accounts.models import Area, AreaPlacement, AreaSuccession, Team
from api.text import fold


@dataclass(frozen=True)
class Scope:
    """An area and all below it; everywhere for the server itself (`area` None)."""

    area: Area | None
    roots: tuple[str, ...]

    @classmethod
    def of(cls, area_id: uuid.UUID | None) -> Scope:
        """The scope of an import for this area."""
        if area_id is None:
            return cls(None, ("",))
        area = Area.objects.get(id=area_id)
        paths = AreaPlacement.objects.filter(area_id=area_id, valid_to=None).values_list("path", flat=True)
        return cls(area, tuple(paths))

    def covers(self, path: str) -> bool:
        """Whether a place in the tree lies within."""
        return any(path.startswith(root) for root in self.roots)

    def covered(self, area_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Those of these areas that lie within. One query."""
        wanted = set(area_ids)
        if self.area is None or not wanted:
            return wanted
        places = AreaPlacement.objects.filter(area_id__in=wanted, valid_to=None).values_list("area_id", "path")
        return {area_id for area_id, path in places if self.covers(path)}


@dataclass(frozen=True)
class Hamlet:
    """A hamlet that stands, or that a row of this import makes (`area` None)."""

    id: uuid.UUID
    commune: Area
    name: Name
    code: str
    area: Area | None = None


@dataclass(frozen=True)
class TeamAt:
    """A team that stands, or that a row of this import makes (`team` None)."""

    id: uuid.UUID
    hamlet: Hamlet
    name: str
    team: Team | None = None


@dataclass
class Places:
    """What there is of that which a file names, and what it adds; names are looked up as clerks write them."""

    scope: Scope
    communes: Mapping[str, Area]
    ours: frozenset[uuid.UUID]
    former: Mapping[tuple[str, uuid.UUID], uuid.UUID]
    homes: Mapping[uuid.UUID, Sequence[AreaPlacement]]
    hamlets: dict[tuple[uuid.UUID, str], Hamlet] = field(default_factory=dict)
    teams: dict[tuple[uuid.UUID, str], TeamAt] = field(default_factory=dict)
    _meant: dict[tuple[uuid.UUID, str], Hamlet] = field(default_factory=dict)
    _names: dict[uuid.UUID, dict[str, list[Hamlet]]] = field(default_factory=dict)
    _of_hamlet: dict[uuid.UUID, list[TeamAt]] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: Scope, codes: set[str]) -> Places:
        """Communes by today's code, former ones by code and successor, and the hamlets and teams there. Six queries."""
        there = Area.objects.filter(level=AreaLevel.COMMUNE, valid_to=None, deleted_at=None)
        found = there.filter(code__in=codes)
        own = scope.area
        if own is not None and own.level in (AreaLevel.COMMUNE, AreaLevel.HAMLET):
            found = found | there.filter(id__in=[own.id, own.parent_id])
        communes = {area.id: area for area in found}
        edges = list(AreaSuccession.objects.filter(to_area_id__in=communes).values_list("from_area_id", "to_area_id"))
        codes_of = dict(
            Area.objects.filter(id__in=[old for old, _ in edges], level=AreaLevel.COMMUNE).values_list("id", "code")
        )
        places = homes([*communes, *codes_of])
        paths = {id_: place.path for id_ in communes for place in places.get(id_, ()) if place.valid_to is None}
        ours = frozenset(id_ for id_, path in paths.items() if scope.covers(path))
        above = {id_ for id_, path in paths.items() if any(root.startswith(path) for root in scope.roots if root)}
        made = cls(
            scope=scope,
            communes={area.code: area for area in communes.values() if area.id in ours | above},
            ours=ours,
            former={(codes_of[old], new): old for old, new in edges if old in codes_of},
            homes=places,
        )
        made._read_hamlets(communes, ours | above)
        return made

    def _read_hamlets(self, communes: Mapping[uuid.UUID, Area], within: set[uuid.UUID] | frozenset[uuid.UUID]) -> None:
        hamlets = Area.objects.filter(level=AreaLevel.HAMLET, parent_id__in=within, valid_to=None, deleted_at=None)
        if self.scope.area is not None and self.scope.area.level == AreaLevel.HAMLET:
            hamlets = hamlets.filter(id=self.scope.area.id)
        standing = {}
        for area in hamlets:
            commune = communes[area.parent_id]  # type: ignore[index]
            standing[area.id] = Hamlet(area.id, commune, name_of(area), area.code, area)
            self.add_hamlet(standing[area.id])
        for team in Team.objects.filter(area_id__in=standing, deleted_at=None).order_by("id"):
            self.add_team(TeamAt(team.id, standing[team.area_id], team.name, team))

    def add_hamlet(self, hamlet: Hamlet) -> None:
        """One more hamlet that rows may name."""
        self._meant.clear()
        self.hamlets[hamlet.commune.id, hamlet.name.key] = hamlet
        names = self._names.setdefault(hamlet.commune.id, {})
        for called in {hamlet.name.key, fold(hamlet.name.name), fold(hamlet.code)} - {""}:
            names.setdefault(called, []).append(hamlet)

    def add_team(self, team: TeamAt) -> None:
        """One more team; of two with one name, the one at work is meant."""
        key = team.hamlet.id, fold(team.name)
        stands = self.teams.get(key)
        if stands is None or (stands.team is not None and stands.team.status == "dissolved"):
            self.teams[key] = team
        self._of_hamlet.setdefault(team.hamlet.id, []).append(team)

    def commune(self, code: str) -> Area:
        """The commune with this code; without one, that of the import itself. BadValue if there is none in scope."""
        if code:
            if code not in self.communes:
                raise BadValue("commune_unknown", code=code)
            return self.communes[code]
        own = self.scope.area
        if own is not None and own.level in (AreaLevel.COMMUNE, AreaLevel.HAMLET):
            return next(iter(self.communes.values()))
        raise BadValue("required")

    def hamlet(self, commune: Area, text: str) -> Hamlet:
        """A hamlet by its name, with or without its kind, or by its code. BadValue if there is none, or several."""
        known = self._meant.get((commune.id, text))
        if known is None:
            known = self._meant[commune.id, text] = self._hamlet(commune, text)
        return known

    def _hamlet(self, commune: Area, text: str) -> Hamlet:
        names = self._names.get(commune.id, {})
        parsed = parse_name(text, AreaLevel.HAMLET)
        found = names.get(parsed.key, []) if parsed else []
        found = found or names.get(fold(text), [])
        distinct = {hamlet.id: hamlet for hamlet in found}
        if len(distinct) == 1:
            return next(iter(distinct.values()))
        if distinct:
            raise BadValue("hamlet_ambiguous", hamlets=", ".join(hamlet.name.full for hamlet in found))
        raise BadValue("hamlet_unknown", commune=name_of(commune).full, **_near(fold(text), names))

    def team(self, hamlet: Hamlet, text: str) -> TeamAt:
        """A team by its name, or the hamlet's only one if none is named. BadValue if there is none, or several."""
        here = [
            team for team in self._of_hamlet.get(hamlet.id, ()) if team.team is None or team.team.status != "dissolved"
        ]
        if not text:
            if len(here) == 1:
                return here[0]
            raise BadValue("team_unnamed", hamlet=hamlet.name.full, count=len(here))
        found = self.teams.get((hamlet.id, _folded(text)))
        if found is None:
            near = difflib.get_close_matches(fold(text), [fold(team.name) for team in here], 1)
            hint = {"near": next(team.name for team in here if fold(team.name) == near[0])} if near else {}
            raise BadValue("team_unknown", hamlet=hamlet.name.full, **hint)
        if found.team is not None and found.team.status == "dissolved":
            raise BadValue("team_dissolved")
        return found


_folded = lru_cache(20_000)(fold)


def _near(text: str, names: Mapping[str, list[Hamlet]]) -> dict[str, str]:
    near = difflib.get_close_matches(text, list(names), 1)
    return {"near": names[near[0]][0].name.full} if near else {}
