"""What must hold before areas change: who may, since when, and what can hang where. Every fault is told at once."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from accounts.areas.names import PARENTS, AreaKind, AreaLevel, Name, read_name
from accounts.areas.placing import last_change
from accounts.areas.serializers import AREA, kind_faults
from accounts.models import Area
from api.actors import NOBODY, Actor
from api.localtime import local_day, now
from api.problems import FieldError, Problem


@dataclass(frozen=True)
class NewArea:
    """An area that is to begin. `name` may be written with its kind before it or without."""

    level: AreaLevel
    kind: AreaKind
    name: str
    parent_id: uuid.UUID | None
    code: str = ""
    lon: float | None = None
    lat: float | None = None
    household_count: int | None = None

    @property
    def named(self) -> Name:
        """The name taken apart."""
        return read_name(self.name, self.kind)


def refuse(faults: Iterable[FieldError]) -> None:
    """Raise Problem `invalid` with these faults, if there are any."""
    if errors := list(faults):
        raise Problem("invalid", errors=errors)


def require_write(actor: Actor, area_ids: Iterable[uuid.UUID | None]) -> None:
    """Who changes areas must be allowed to in each; the server always is, and it alone makes provinces."""
    if actor.user_id is None:
        return
    wanted = set(area_ids)
    if None in wanted:
        raise Problem("forbidden")
    standings = actor.standing([area for area in wanted if area])
    if any(standings.get(area, NOBODY) == NOBODY for area in wanted if area):
        raise Problem("not_found")
    if not all(standing.may_write(AREA, None) for standing in standings.values()):
        raise Problem("forbidden")


def standing_areas(area_ids: Collection[uuid.UUID], on: date | None, pointer: str) -> Mapping[uuid.UUID, Area]:
    """These areas as they are now; a fault for each that isn't there, has ended, or begins after the day."""
    areas = Area.objects.in_bulk(list(area_ids))
    faults = []
    for area_id in area_ids:
        area = areas.get(area_id)
        if area is None:
            faults.append(FieldError(pointer, "area_unknown"))
        elif area.valid_to or (on and area.valid_from and area.valid_from > on):
            faults.append(FieldError(pointer, "area_not_there", {"on": (on or today()).isoformat()}))
    refuse(faults)
    return areas


def today() -> date:
    """The local day."""
    return local_day(now())


def day_faults(on: date | None, paths: Iterable[str] = ()) -> Iterator[FieldError]:
    """A change is entered once it holds, and after all earlier changes of what lies at or below these paths."""
    if on is None:
        return
    if on > today():
        yield FieldError("/on", "area_in_future")
    elif (since := last_change(list(paths))) and since > on:
        yield FieldError("/on", "area_changed_later", {"since": since.isoformat()})


def new_area_faults(area: NewArea, parent: Area | None, *, ending: Collection[uuid.UUID] = ()) -> Iterator[FieldError]:
    """Kind and level must fit the parent; name and code must be free, or belong to areas that are `ending`."""
    yield from kind_faults(area.level, area.kind)
    yield from level_faults(area.level, parent)
    if not area.named.name:
        yield FieldError("/name", "blank")
    yield from name_faults(area.named, area.parent_id, besides=ending)
    yield from code_faults(area.level, area.code, besides=ending)


def level_faults(level: AreaLevel, parent: Area | None) -> Iterator[FieldError]:
    """A hamlet hangs below a commune, a commune below a province, a province below nothing."""
    expected = PARENTS[level]
    if (parent.level if parent else None) not in (expected or (None,)):
        params = {"expected": ", ".join(level.label_vi for level in expected)} if expected else {}
        yield FieldError("/parent_id", "area_level", params)


def name_faults(name: Name, parent_id: uuid.UUID | None, *, besides: Collection[uuid.UUID]) -> Iterator[FieldError]:
    """Two areas of one parent don't share kind and name."""
    same = Area.objects.filter(parent_id=parent_id, name_fold=name.key, valid_to=None, deleted_at=None)
    if same.exclude(id__in=besides).exists():
        yield FieldError("/name", "area_twice", {"name": name.full})


def code_faults(level: AreaLevel, code: str, *, besides: Collection[uuid.UUID]) -> Iterator[FieldError]:
    """A code names one area of its level at a time."""
    if not code:
        return
    holder = Area.objects.filter(code=code, level=level, valid_to=None).exclude(id__in=besides).first()
    if holder is not None:
        yield FieldError("/code", "area_code_taken", {"name": Name(AreaKind(holder.kind), holder.name).full})
