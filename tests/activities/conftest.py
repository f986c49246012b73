"""What the tests of teams' work share: the cast, and a patrol or sight as a phone would send it."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.push import fcm
from api.ids import uuid7
from api.localtime import now, wire
from api.records import record_type
from api.sync.changes import Change, Outcome
from api.sync.engine import write
from tests.activities.firebase import Firebase, account_file
from tests.cast import Cast, Person, raise_cast
from tests.receiver import receiving

Send = Callable[..., Outcome]


@pytest.fixture
def cast(db: None) -> Cast:
    return raise_cast()


@pytest.fixture
def send(cast: Cast) -> Send:
    """`send(who, type, id, op, **fields)`: a change as the engine takes it, in the first hamlet."""

    def change(
        who: Person, type: str, id: uuid.UUID, op: str = "put", *, base: int | None = None, **fields: Any
    ) -> Outcome:
        raw = BASICS[type](cast) | {"id": str(id)} | fields if op == "put" else fields
        data = record_type(type).shape.decode(raw, partial=op != "put")
        return write(who.actor(), [Change(type, id, op, cast.hamlets[0], data, base_version=base)])[0]

    return change


@pytest.fixture
def firebase(tmp_path: Path, settings: Any) -> Iterator[Firebase]:
    """Phones can be rung, and what rings them is seen."""
    with receiving() as receiver:
        settings.FCM_CREDENTIALS, settings.FCM_ENDPOINT = str(account_file(tmp_path, receiver)), receiver.url
        fcm._access.cache_clear()
        yield Firebase(receiver)


@pytest.fixture
def patrol(cast: Cast, send: Send) -> uuid.UUID:
    """Lan's patrol, on its way."""
    id = uuid7()
    assert send(cast.lan, "patrol", id).status == "applied"
    return id


def _common(cast: Cast) -> dict[str, Any]:
    return {"area_id": str(cast.hamlets[0]), "team_id": str(cast.teams[0]), "recorded_at": wire(now())}


BASICS: dict[str, Callable[[Cast], dict[str, Any]]] = {
    "patrol": lambda cast: _common(cast) | {"started_at": wire(now()), "status": "ongoing"},
    "observation": lambda cast: _common(cast) | {"kind": "lighting", "severity": "info"},
    "route": lambda cast: _common(cast) | {"name": "Tuyến ven sông"},
    "checkpoint": lambda cast: _common(cast) | {"name": "Cổng đình", "location": {"lon": 108.448312, "lat": 11.214705}},
    "household": lambda cast: {
        "area_id": str(cast.hamlets[0]),
        "recorded_at": wire(now()),
        "householder": "Trần Văn Hải",
        "residence_status": "permanent",
    },
}
