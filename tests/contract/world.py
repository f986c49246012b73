"""What the contract tests share: all routes, what the cast made in its hamlet, and a body for each type of record."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Membership
from accounts.scoping import SystemActor
from api.ids import uuid7
from api.localtime import now, wire
from api.records import RecordType, record_types
from api.sync.changes import Change
from api.sync.engine import write_one
from api.sync.models import StreamEntry
from media.receipts import sign_receipt
from tests.cast import Cast, Person, raise_cast
from tests.contract import alerts, organising, people, registers, tips, trust

VERBS = ("get", "post", "put", "patch", "delete")


def routes() -> list[str]:
    """Every method on every path, as `GET /v1/patrols/{id}`."""
    return sorted({f"{verb.upper()} /{path}" for path, verbs in _views(get_resolver("api.urls")) for verb in verbs})


def _views(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, list[str]]]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _views(entry, path)
            continue
        assert isinstance(entry, URLPattern)
        view = entry.callback.view_class  # type: ignore[attr-defined]
        allowed = set(view.http_method_names)
        yield re.sub(r"<\w+:(\w+)>", r"{\1}", path), [v for v in VERBS if v in allowed and hasattr(view, v)]


STOP = uuid7()
"""The checkpoint on the route of samples; Lan's stands there too."""
TEMPLATE, HOME = uuid7(), uuid7()
"""What the pledge of samples is under, and whose it is."""
SOON = (now() + dt.timedelta(days=9)).date().isoformat()


def sample(cast: Cast, kind: str, person: Person | None = None) -> dict[str, Any]:
    """A new record of a type as a phone sends it, in the person's own hamlet and team (Lan's unless named)."""
    who = person or cast.lan
    area_id, team_id = who.area_id if who.team_id else cast.hamlets[0], who.team_id or cast.teams[0]
    common = {"id": str(uuid7()), "area_id": str(area_id), "recorded_at": wire(now())}
    of_team = common | {"team_id": str(team_id)}
    return {
        "patrol": of_team | {"started_at": wire(now()), "status": "ongoing"},
        "alert": of_team,
        "observation": of_team | {"kind": "lighting", "severity": "info"},
        "shift": of_team
        | {"starts_at": wire(now()), "ends_at": wire(now() + dt.timedelta(hours=4))}
        | {"assignee_ids": [str(cast.lan.user_id)]},
        "day_off": of_team | {"user_id": str(who.user_id), "starts_on": "2026-12-05", "ends_on": "2026-12-06"},
        "route": of_team | {"name": "Tuyến ven sông", "stops": [{"checkpoint_id": str(STOP)}]},
        "checkpoint": of_team | {"name": "Cổng đình", "location": {"lon": 108.448312, "lat": 11.214705}},
        "household": common | {"householder": "Trần Văn Hải", "residence_status": "permanent"},
        "pledge_template": common
        | {"title": "Xuân bình yên", "clauses": ["Không đốt pháo nổ."], "topics": ["law"], "status": "issued"},
        "campaign": common | {"title": "Tết Bính Ngọ", "starts_on": "2026-01-01", "ends_on": "2026-02-28"},
        "pledge": common
        | {"template_id": str(TEMPLATE), "signer_type": "household", "household_id": str(HOME), "method": "paper"}
        | {"signer_name": "Trần Văn Hải", "signed_on": "2026-01-20", "expires_on": SOON, "status": "signed"},
        "lamp": of_team | {"name": "Đèn ngõ 1", "state": "working"},
        "media": common
        | {"kind": "photo", "sha256": uuid.uuid4().hex * 2, "size": 1000, "content_type": "image/jpeg"}
        | {"captured_at": "2026-11-22T05:30:00.000Z"},
    }[kind]


PATCHES: dict[str, dict[str, Any]] = {
    "alert": {"note": "Có người đuổi theo"},
    "patrol": {"outcome": "Yên"},
    "observation": {"note": "Đã thay bóng"},
    "shift": {"handover_note": "Ca sau chú ý ngõ 3"},
    "day_off": {"ends_on": "2026-12-07"},
    "route": {"ordered": True},
    "checkpoint": {"radius_m": 80},
    "household": {"size": 4},
    "pledge_template": {"valid_until": "2026-12-31"},
    "campaign": {"title": "Tết Bính Ngọ bình yên"},
    "pledge": {"renews_id": str(uuid7())},
    "lamp": {"watt": 40},
    "media": {"location": {"lon": 108.1, "lat": 11.2}},
}


LANS: dict[str, dict[str, Any]] = {"media": {"sha256": "0" * 64}, "pledge_template": {"id": str(TEMPLATE)}}
"""What her own records have beside a sample's content."""
DELETABLE: dict[str, dict[str, Any]] = {"pledge": {"status": "draft", "signed_on": None}}
"""What a record that may be deleted has beside a sample's content, where a sample is to last."""
WRITERS = {"shift": "bao", "pledge_template": "minh", "campaign": "minh"}
"""Who makes records of a type in Lan's hamlet, where she may not."""


def writer(cast: Cast, kind: str) -> Person:
    """Somebody who may make, change and delete records of this type in Lan's hamlet: Lan, if she may."""
    return cast.people[WRITERS.get(kind, "lan")]


@dataclass
class World:
    """The cast, and the id of one record of each type in Lan's hamlet, made by Lan where her role may."""

    cast: Cast
    ids: dict[str, uuid.UUID] = field(default_factory=dict)
    deletable: dict[str, uuid.UUID] = field(default_factory=dict)
    """By type, another one that may be deleted, where the first is to last."""
    others: dict[str, uuid.UUID] = field(default_factory=dict)
    """By collection, what is no record and is Lan's, or was made by who may."""

    def address(self, path: str, record_id: uuid.UUID | None = None) -> str:
        """A route's path with the id of what stands in Lan's hamlet, or another id."""
        kind = next((kind for kind in record_types().values() if path.startswith(f"/v1/{kind.collection}/{{")), None)
        other = self.others.get(path.split("/")[2]) if "{id}" in path else None
        known = self.ids[kind.name] if kind else other or self.cast.lan.session_id
        return re.sub(r"\{(id|session_id)\}", str(record_id or known), path)


def make_world() -> World:
    """Lan's patrol, observation, lamp and verified photo, and the area, team and membership around them."""
    cast = raise_cast()
    world = World(cast)
    for kind in record_types().values():
        if kind.writable:
            world.ids[kind.name] = make(cast, kind, **LANS.get(kind.name, {}))
            if more := DELETABLE.get(kind.name):
                world.deletable[kind.name] = make(cast, kind, **more)
    system = SystemActor(reason="tests")
    facts = {"id": world.ids["media"], "sha256": "0" * 64, "size": 1000}
    data = {"status": "verified", "stored_at": wire(now()), "receipt": sign_receipt(**facts, received_at=now())}
    change = Change("media", world.ids["media"], "patch", cast.hamlets[0], data, base_version=1, system=True)
    outcome = write_one(system, change)
    assert outcome.status == "applied", outcome
    world.ids |= {"area": cast.hamlets[0], "team": cast.teams[0], "membership": _membership(cast)}
    StreamEntry.objects.bulk_create(
        StreamEntry(
            record_id=world.ids[name],
            type=name,
            area_id=cast.hamlets[0],
            seq=0,
            version=1,
            deleted=False,
            changed_at=now(),
        )
        for name in ("area", "team", "membership")
    )
    world.others["other_household"] = make(cast, record_types()["household"])
    world.others |= registers.things(cast)
    world.others |= {"users": cast.lan.user_id} | organising.things(cast) | people.things(cast) | trust.things(cast)
    world.others |= alerts.things(cast)
    world.others |= tips.things(cast)
    beside = Membership.objects.filter(area_id=cast.hamlets[0]).exclude(id=world.ids["membership"])
    entries = (
        StreamEntry(
            record_id=membership.id,
            type="membership",
            area_id=cast.hamlets[0],
            seq=0,
            version=1,
            deleted=False,
            changed_at=now(),
        )
        for membership in beside
    )
    StreamEntry.objects.bulk_create(entries, ignore_conflicts=True)  # services made some of them
    return world


def make(cast: Cast, kind: RecordType, person: Person | None = None, **fields: Any) -> uuid.UUID:
    """A record made by a person in their own hamlet."""
    who = person or writer(cast, kind.name)
    data = kind.shape.decode(sample(cast, kind.name, who) | fields)
    change = Change(kind.name, uuid.UUID(data["id"]), "put", uuid.UUID(data["area_id"]), data)
    outcome = write_one(who.actor(), change)
    assert outcome.status == "applied", outcome
    return uuid.UUID(data["id"])


def _membership(cast: Cast) -> uuid.UUID:
    return Membership.objects.get(user_id=cast.lan.user_id).id


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """What is written inside is gone afterwards; requests take it for the test's own transaction."""
    block = transaction.atomic()
    block._from_testcase = True  # as Django's TestCase marks its own: requests open durable blocks inside
    with block:
        yield
        transaction.set_rollback(True)
