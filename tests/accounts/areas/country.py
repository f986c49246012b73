"""A small country to change: its areas, days on which they change, and what is wrong with a change."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.areas.checks import NewArea
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.services import create_area
from accounts.scoping import SystemActor
from api.problems import Problem

MARCH, JUNE = dt.date(2026, 3, 1), dt.date(2026, 6, 1)
APRIL, MAY = dt.date(2026, 4, 1), dt.date(2026, 5, 1)


def commune(name: str, province: uuid.UUID, **more: Any) -> NewArea:
    return NewArea(AreaLevel.COMMUNE, AreaKind.COMMUNE, name, province, **more)


def hamlet(name: str, parent: uuid.UUID, **more: Any) -> NewArea:
    return NewArea(AreaLevel.HAMLET, AreaKind.THON, name, parent, **more)


class Country:
    """Two provinces; the first has communes A and B with hamlets a1, a2 and b1."""

    def __init__(self, server: SystemActor) -> None:
        make: Callable[..., uuid.UUID] = lambda area: create_area(actor=server, area=area)  # noqa: E731
        self.here, self.there = (
            make(NewArea(AreaLevel.PROVINCE, AreaKind.PROVINCE, name, None)) for name in ("Bình Thuận", "Ninh Thuận")
        )
        self.a, self.b = (make(commune(name, self.here)) for name in ("Hòa Thắng", "Hồng Thái"))
        self.a1, self.a2 = (make(hamlet(name, self.a)) for name in ("Thôn 1", "Thôn 2"))
        self.b1 = make(hamlet("Thôn Một", self.b))


def faults(refused: pytest.ExceptionInfo[Problem]) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in refused.value.errors}
