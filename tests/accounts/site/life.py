"""A village with some life in it, for looking at pages: long names, a phone in trouble, imports of every state."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.imports.reading import CSV
from accounts.imports.services import receive_import
from accounts.imports.working import CHECK
from accounts.issuing import issue_activation_code
from accounts.models import Grant, Import, Membership, Session, Team, User
from accounts.names import name_sort
from api import jobs
from api.ids import uuid7
from api.localtime import now, wire
from api.text import fold
from tests.accounts.people.entered import enter_all
from tests.accounts.site.letters import fill_registers
from tests.cast import Cast, Person, add_grant, add_member, add_person, add_team
from tests.client import signed_in
from tests.contract.world import sample

NAMES = {
    "lan": "Nguyễn Thị Lan", "bao": "Trần Quốc Bảo", "minh": "Lê Đức Minh", "dung": "Phạm Tiến Dũng",
    "hoa": "Võ Thị Hoa", "son": "Đặng Ngọc Sơn", "linh": "Huỳnh Thị Mỹ Linh",
    "khach": "Công Tằng Tôn Nữ Hoàng Nguyễn Thị Phương Khách",
}  # fmt: skip
LONG_TEAM = "Tổ bảo vệ an ninh, trật tự khu dân cư liên gia tự quản số 1, cụm dân cư ven biển"
FAULTY = """Số điện thoại,Họ và tên,Mã xã,Thôn,Tổ
0983 115 204,Lê Văn Tám,,Thôn Thái An,Tổ tự quản 1
0976 000 32,Bùi Thị Sáu,,Thôn Thái Ân,Tổ tự quản số một không có trong danh sách
,Tôn Nữ Thị Ngọc Trâm Anh Khuê,,Thôn Thái An,Tổ tự quản 1
"""


def enliven(cast: Cast) -> None:
    """Names, newcomers who wait, roles, sessions and imports of all kinds; and Lan's phone in trouble."""
    for key, name in NAMES.items():
        user_id = cast.people[key].user_id
        User.objects.filter(id=user_id).update(full_name=name, name_fold=fold(name), name_sort=name_sort(name))
        Membership.objects.filter(user_id=user_id).update(full_name=name)
        User.objects.filter(id=user_id).update(area_id=cast.people[key].area_id)
    Team.objects.filter(id=cast.teams[1]).update(name=LONG_TEAM, name_fold=fold(LONG_TEAM))
    for number in range(8):
        _newcomer(cast, number)
    _roles(cast)
    _sessions(cast.lan)
    enter_all()
    _trouble(cast)
    _imports(cast)
    fill_registers(cast)


def _newcomer(cast: Cast, number: int) -> None:
    name = ("Nguyễn Văn Tư", "Đỗ Thị Mười Hai", "Ka Sră Hoàng Gia Bảo Khánh")[number % 3]
    person = add_person(name, 200 + number)
    hamlet = number % len(cast.hamlets)
    add_member(person, cast.hamlets[hamlet], cast.teams[hamlet], "leader" if number == 2 else "member")
    User.objects.filter(id=person.user_id).update(password="", name_sort=name_sort(name), area_id=cast.hamlets[hamlet])
    Session.objects.filter(user_id=person.user_id).delete()
    if number % 2:
        issue_activation_code(actor=cast.son.actor(), user_id=person.user_id)


def _roles(cast: Cast) -> None:
    Grant.objects.update(confirmed_at=now())
    Grant.objects.filter(user_id=cast.hoa.user_id).update(ends_at=now() + dt.timedelta(days=12))
    waits = add_grant(cast.linh, "police_officer", cast.communes[0])
    Grant.objects.filter(id=waits).update(granted_by=cast.bao.user_id, confirmed_at=None)
    over = add_grant(cast.lan, "front_work_head", cast.hamlets[0])
    Grant.objects.filter(id=over).update(ends_at=now() - dt.timedelta(days=3), confirmed_at=now())
    add_team(cast.hamlets[0], "Tổ liên gia tự quản 2")


def _sessions(lan: Person) -> None:
    moment = now()
    Session.objects.filter(id=lan.session_id).update(
        device_name="Samsung Galaxy A05s của chị Lan", platform="android", app_version="1.4.2"
    )
    old = lan.on_another_phone()
    Session.objects.filter(id=old.session_id).update(
        device_name="OPPO A18", platform="android", app_version="1.1.0",
        created_at=moment - dt.timedelta(days=40), refreshed_at=moment - dt.timedelta(days=16),
    )  # fmt: skip
    lost = lan.on_another_phone()
    Session.objects.filter(id=lost.session_id).update(
        device_name="Vivo Y17s", ended_at=moment - dt.timedelta(days=2), ended_because="lost"
    )


def _trouble(cast: Cast) -> None:
    """Something taken, something rejected, a conflict that waits, and a photo still on the phone."""
    patrol, seen, photo = (sample(cast, kind) for kind in ("patrol", "observation", "media"))
    _push(cast.lan, _put("patrol", patrol), _put("observation", seen | {"kind": "nonsense"}), _put("media", photo))
    edit = {"type": "patrol", "id": patrol["id"], "op": "patch", "base_version": 1}
    _push(cast.bao, edit | {"data": {"outcome": "Yên", "area_id": str(cast.hamlets[0])}})
    _push(cast.lan, edit | {"data": {"outcome": "Có tiếng động lạ", "area_id": str(cast.hamlets[0])}})


def _put(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "id": data["id"], "op": "put", "data": data}


def _push(who: Person, *mutations: dict[str, Any]) -> None:
    sent = [{"mutation_id": str(uuid7()), **each} for each in mutations]
    body = {"sent_at": wire(now()), "mutations": sent}
    answer = signed_in(who).post("/v1/sync/push", body, content_type="application/json")
    assert answer.status_code == 200, answer.content


def _imports(cast: Cast) -> None:
    for name, text in (("danh-sach-to-vien-xa-hong-thai-dot-2-thang-11-nam-2026.csv", FAULTY),):
        receive_import(
            actor=cast.son.actor(), kind="people", content=text.encode(), content_type=CSV, filename=name,
            area_id=cast.province,
        )  # fmt: skip
        jobs.run_due(CHECK)
    for status in ("ready", "applying", "failed", "applied"):
        Import.objects.create(
            id=uuid7(), kind="people", area_id=cast.communes[0], author_id=cast.son.user_id, filename=f"{status}.csv",
            session_id=cast.son.session_id, content_type=CSV, size=1000, sha256="0" * 64, status=status,
            rows_done=340, rows_total=1000, counts={"people": {"create": 12, "change": 3, "unchanged": 985}},
            created_at=now(), checked_at=now(),
        )  # fmt: skip
