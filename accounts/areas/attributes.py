"""Dated attributes: an area stays the same under another name, kind, code or household count; what was is kept."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Max

from accounts.areas.checks import day_faults, refuse
from accounts.areas.rows import PastRow, insert, patch_areas
from accounts.models import Area, AreaPast
from api.actors import Actor
from api.problems import FieldError

DATED = ("name", "kind", "code", "household_count")


def change_attributes(actor: Actor, changes: Sequence[tuple[Area, dict[str, Any]]], on: date, *, event: str) -> None:
    """Set attributes of areas from a day on, in sets; a second change on the same day corrects the first.

    Raises Problem `invalid` for a day to come, or one before an attribute last changed or an area began.
    """
    past, changes = plan_attributes(changes, on)
    insert(past)
    patch_areas(actor, changes, event=event)


def plan_attributes(
    changes: Sequence[tuple[Area, dict[str, Any]]], on: date
) -> tuple[list[PastRow], list[tuple[Area, dict[str, Any]]]]:
    """What `change_attributes` writes: what was before, and what really changes."""
    changes = [(area, new) for area, values in changes if (new := _new(area, values))]
    since = _last_changes([area.id for area, _ in changes])
    past = [
        PastRow(area.id, name, getattr(area, name), since.get((area.id, name), area.valid_from), on)
        for area, values in changes
        for name in values
        if name in DATED and getattr(area, name) not in (None, "")
    ]
    later = max((row.valid_from for row in past if row.valid_from and row.valid_from > on), default=None)
    refuse([FieldError("/on", "area_changed_later", {"since": later.isoformat()})] if later else day_faults(on))
    return [row for row in past if row.valid_from != on], changes


def _new(area: Area, values: dict[str, Any]) -> dict[str, Any]:
    """What would really change; a centre has no column of its own name and was compared by who sends it."""
    return {name: value for name, value in values.items() if name not in DATED or value != getattr(area, name)}


def _last_changes(area_ids: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, str], date]:
    """The day since which each attribute has its present value, where it had another."""
    past = AreaPast.objects.filter(area_id__in=area_ids).values_list("area_id", "attribute")
    return {(area_id, name): until for area_id, name, until in past.annotate(until=Max("valid_to"))}
