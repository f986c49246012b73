"""A phone that waits for nothing, and a scripted server for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.clock import Clock
from demo.phone import Phone
from demo.session import Patience
from demo.wire import Wire
from tests.demo.scripted import Reply, Request, Scripted

AREA = "0190aaaa-0000-7000-8000-000000000001"
OTHER_AREA = "0190aaaa-0000-7000-8000-000000000002"
PAIR = {"access": "access-1", "refresh": "refresh-1", "access_expires_in": 900, "session_id": "s", "user": {}}
Data = dict[str, Any]


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted() as scripted:
        scripted.on("POST /v1/auth/token", Reply(body=PAIR))
        scripted.on("POST /v1/sync/push", push_reply("applied"))
        scripted.on("GET /v1/sync/pull", pull_reply())
        yield scripted


@pytest.fixture
def rests() -> list[float]:
    """How long the phone wanted to wait, each time."""
    return []


@pytest.fixture
def switch_on(server: Scripted, rests: list[float], tmp_path: Path) -> Iterator[Callable[[], Phone]]:
    """Switches the phone on; again, it is the same phone after a restart."""
    phones = []

    def make() -> Phone:
        patience = Patience(first_s=1, cap_s=60, tries=5, sleep=rests.append)
        phones.append(Phone(server.url, tmp_path / "phone", wire=Wire(timeout_s=2), clock=Clock(), patience=patience))
        return phones[-1]

    yield make
    for phone in phones:
        phone.close()


@pytest.fixture
def phone(switch_on: Callable[[], Phone]) -> Phone:
    """A phone that is signed in."""
    made = switch_on()
    made.sign_in(phone="+84900000001", password="một mật khẩu thật dài")
    return made


def sight(**more: Any) -> Data:
    """The data of an observation."""
    return {"area_id": AREA, "kind": "lighting", "severity": "info", **more}


def push_reply(*statuses: str, epoch: int = 1, **more: Any) -> Callable[[Request], Reply]:
    """Answers each mutation with the next status, and the rest with the last; `more` goes into each result."""

    def reply(request: Request) -> Reply:
        mutations = request.json["mutations"]
        padded = [*statuses, *[statuses[-1]] * len(mutations)]
        results = [
            {**{k: m[k] for k in ("mutation_id", "type", "id")}, "status": status, "version": 1, **more}
            for m, status in zip(mutations, padded, strict=False)
        ]
        return Reply(body={"results": results, "epoch": epoch, "server_time": "2026-11-22T22:00:00.000Z"})

    return reply


def page(*changes: Data, **more: Any) -> Data:
    """What a pull answers."""
    empty: Data = {"has_more": False, "reset_areas": [], "reset_done": [], "revoked_areas": [], "epoch": 1}
    return {"changes": list(changes), "cursor": "c1", **empty, "server_time": "2026-11-22T22:00:00.000Z", **more}


def pull_reply(*changes: Data, headers: dict[str, str] | None = None, **more: Any) -> Reply:
    """A pull's answer."""
    return Reply(body=page(*changes, **more), headers=headers or {})


def change(id: str, version: int, *, area_id: str = AREA, op: str = "put", **data: Any) -> Data:
    """One change of an observation."""
    whole = {"id": id, "area_id": area_id, "version": version, **data}
    found: Data = {"type": "observation", "id": id, "area_id": area_id, "version": version, "op": op}
    return found | ({"data": whole} if op == "put" else {})


def mutations(request: Request) -> list[str]:
    """The mutations of a push as text, without their age."""
    found = request.json["mutations"]
    for mutation in found:
        mutation.pop("elapsed_ms", None)
    return [json.dumps(mutation) for mutation in found]
