"""The routes of the personal-data law's registers in the access matrix, and what the examples tell of them."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.requests import breaches, data_requests
from accounts.scoping import SystemActor
from api.localtime import local_day, now, wire
from tests.cast import Cast
from tests.contract.place import Place
from tests.contract.telling import Story

_ADMINS = "401 403 403 403 403 403 200 404 404"
_LISTS = "401 403 403 403 403 403 200 403 403"
TABLE = {
    **{f"GET /v1/{name}": _LISTS for name in ("data_requests", "breaches")},
    **{f"POST /v1/{name}": _ADMINS.replace("200", "201") for name in ("data_requests", "breaches")},
    **{f"GET /v1/{name}/{{id}}": _ADMINS for name in ("data_requests", "breaches")},
    **{f"POST /v1/data_requests/{{id}}/{verb}": _ADMINS for verb in ("answer", "extend", "complete", "refuse")},
    **{f"POST /v1/breaches/{{id}}/{verb}": _ADMINS for verb in ("report", "close")},
}


def things(cast: Cast) -> dict[str, uuid.UUID]:
    """A request and a breach of Lan's hamlet."""
    system = SystemActor(reason="tests")
    asked = data_requests.receive(
        actor=system, area_id=cast.hamlets[0], kind="access", requester="Một người dân", description="Xin xem",
        subject_type="other",
    )  # fmt: skip
    lost = breaches.notice(actor=system, area_id=cast.hamlets[0], description="Mất một máy", noticed_at=now())
    return {"data_requests": asked.id, "breaches": lost.id}


def body(cast: Cast, verb: str, path: str) -> Any:
    """The body of a request, by its route."""
    area = {"area_id": str(cast.hamlets[0])}
    of_person = {"kind": "access", "requester": "Trần Tư", "description": "Xin xem", "subject_type": "other"}
    return {
        "POST /v1/data_requests": area | of_person,
        "POST /v1/data_requests/{id}/answer": {},
        "POST /v1/data_requests/{id}/extend": {"because": "Hồ sơ ở nhiều nơi"},
        "POST /v1/data_requests/{id}/complete": {"outcome": "Đã gửi bản sao"},
        "POST /v1/data_requests/{id}/refuse": {"outcome": "Không phải dữ liệu của người yêu cầu"},
        "POST /v1/breaches": area | {"description": "Mất một máy", "noticed_at": wire(now())},
        "POST /v1/breaches/{id}/report": {"reported_at": wire(now()), "reference": "A05-17"},
        "POST /v1/breaches/{id}/close": {"outcome": "Đã khóa máy từ xa"},
    }.get(f"{verb} {path}")


def tell_registers(story: Story, place: Place, son: str) -> None:
    """Somebody asks to see what is kept; a phone is lost."""
    asked = {
        "id": str(uuid.uuid4()), "area_id": str(place.hamlet), "kind": "access", "subject_type": "other",
        "requester": "Phạm Văn Tư, 12 Ngõ Đình", "description": "Xin bản sao dữ liệu về gia đình",
        "received_on": local_day(now()).isoformat(),
    }  # fmt: skip
    path = f"/v1/data_requests/{asked['id']}"
    story.tell("A letter came", "POST", "/v1/data_requests", asked, token=son, expect=201)
    story.tell("He was told how it goes on", "POST", f"{path}/answer", token=son)
    story.tell("Sent twice", "POST", "/v1/data_requests", asked, token=son)
    because = {"because": "Sổ cũ nằm ở hai xã trước sắp xếp"}
    story.tell("It takes longer", "POST", f"{path}/extend", because, token=son)
    story.tell("As it stands", "GET", path, token=son)
    story.tell("A copy was sent", "POST", f"{path}/complete", {"outcome": "Đã gửi bản sao ngày hôm nay"}, token=son)
    other = asked | {"id": str(uuid.uuid4()), "kind": "objection"}
    story.tell("Another letter", "POST", "/v1/data_requests", other, token=son, expect=201)
    refusing = {"outcome": "Việc tuần tra là nhiệm vụ luật định"}
    story.tell("It is refused", "POST", f"/v1/data_requests/{other['id']}/refuse", refusing, token=son)
    story.tell("What is open", "GET", "/v1/data_requests?status=received&limit=10", token=son)
    lost = {
        "id": str(uuid.uuid4()), "area_id": str(place.hamlet), "description": "Mất một điện thoại đã đăng nhập",
        "noticed_at": story.at(-10), "affected": 63, "measures": "Đã kết thúc phiên trên máy ấy",
    }  # fmt: skip
    path = f"/v1/breaches/{lost['id']}"
    story.tell("A phone is lost", "POST", "/v1/breaches", lost, token=son, expect=201)
    story.tell("Sent twice", "POST", "/v1/breaches", lost, token=son)
    told = {"reported_at": story.at(90), "reference": "A05-17/2026"}
    story.tell("The authority was told", "POST", f"{path}/report", told, token=son)
    story.tell("Over", "POST", f"{path}/close", {"outcome": "Máy đã tìm lại được, chưa bị mở"}, token=son)
    story.tell("One breach", "GET", path, token=son)
    story.tell("All breaches", "GET", "/v1/breaches?limit=10", token=son)
