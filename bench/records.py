"""The observation that everything writes, about 1 KB: as a phone sends it and as the row that it becomes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bench.seed import ACTION, DEVICE, NOTE, PLACE_TEXT, TEAM, USER, Seed, id_of


def observation_wire(seed: Seed, user: int) -> dict[str, Any]:
    """What the phone of a member sends, but the id."""
    return {
        "area_id": str(seed.hamlet(user)),
        "recorded_at": _now(),
        "team_id": str(id_of(TEAM, seed.home(user))),
        "patrol_id": str(id_of(10, user)),
        "kind": "lighting",
        "severity": "attention",
        "location": {"lon": 108.123456, "lat": 10.923456, "accuracy_m": 12},
        "place_text": PLACE_TEXT,
        "note": NOTE,
        "action_taken": ACTION,
        "reported_at": None,
        "police_reference": None,
    }


def observation_row(seed: Seed, user: int) -> dict[str, Any]:
    """The row that the engine makes of it, but for the id."""
    from api.text import fold

    wire = observation_wire(seed, user)
    location = wire.pop("location")
    return {
        "id": "",
        **wire,
        "version": 1,
        "occurred_at": wire["recorded_at"],
        "received_at": wire["recorded_at"],
        "clock_skew_s": 0,
        "author_id": str(id_of(USER, user)),
        "device_id": str(id_of(DEVICE, user)),
        "flags": [],
        **{f"location_{name}": value for name, value in location.items()},
        "text_fold": fold("\n".join((PLACE_TEXT, NOTE, ACTION))),
    }


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
