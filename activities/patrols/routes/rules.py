"""What must be true of routes and checkpoints as a whole, and what follows from them. Pure functions of wire forms."""

from __future__ import annotations

from api.problems import FieldError
from api.records import Wire
from api.text import fold


def route_faults(route: Wire, *_: object) -> list[FieldError]:
    """A checkpoint stands once on a route (with as many windows as it needs), and no window is empty."""
    faults, seen = [], set()
    for place, stop in enumerate(route["stops"]):
        if stop["checkpoint_id"] in seen:
            faults.append(FieldError(f"/stops/{place}/checkpoint_id", "duplicate_item"))
        seen.add(stop["checkpoint_id"])
        faults += [
            FieldError(f"/stops/{place}/windows/{number}/closes", "window_empty")
            for number, window in enumerate(stop["windows"])
            if window["opens"] == window["closes"]
        ]
    return faults


def checkpoint_derived(checkpoint: Wire, *_: object) -> Wire:
    """Its first code is version 1."""
    return {
        "code_version": checkpoint.get("code_version") or 1,
        "code_renewed_at": checkpoint.get("code_renewed_at") or [],
    }


def search_columns(named: Wire) -> Wire:
    """What a route or checkpoint is searched by."""
    return {"text_fold": fold("\n".join(filter(None, (named["name"], named["note"]))))}


def checkpoint_verb(before: Wire | None, after: Wire | None) -> str:
    """A checkpoint whose code goes up a version is renewed."""
    if before is None:
        return "created"
    if after is None:
        return "deleted"
    return "renewed" if before["code_version"] != after["code_version"] else "updated"
