"""What the examples tell of administration: Sơn looks after the accounts, teams and areas of his commune."""

from __future__ import annotations

import base64
import time
import uuid

from django_otp.oath import TOTP

from accounts.exports.services import TOPIC as EXPORTS
from accounts.heads import sign_head
from accounts.imports.working import CARRY_OUT, CHECK, UNDO
from accounts.sealer import seal_leftovers
from accounts.sheets import prints
from api import jobs
from api.localtime import local_day, now
from tests.client import CheckedClient
from tests.contract.place import PASSWORD, Place
from tests.contract.registers import tell_registers
from tests.contract.telling import Story

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def tell_administration(story: Story, place: Place) -> None:
    """A day of Sơn's, and a little of Hạnh's."""
    son, hanh = _signed_in("0913 550 246"), _signed_in("0977 310 864")
    _people(story, place, son)
    _teams(story, place, son)
    _roles(story, place, son, hanh)
    _areas(story, place, son)
    _imports(story, son)
    _sheets(story, place, son)
    tell_registers(story, place, son)
    _audit(story, place, son)
    _one_time_codes(story, place, son, hanh)


def _signed_in(phone: str) -> str:
    laptop = {"id": str(uuid.uuid4()), "name": "Máy tính UBND xã", "platform": "web", "app_version": "1.0.0"}
    body = {"phone": phone, "password": PASSWORD, "device": laptop}
    return str(CheckedClient().post("/v1/auth/token", body, "application/json").json()["access"])


def _people(story: Story, place: Place, son: str) -> None:
    """A neighbour joins, changes her name, loses her phone, moves, leaves and comes back."""
    hoa = {
        "id": str(uuid.uuid4()), "phone": "0987 220 415", "full_name": "Phạm Thị Hòa", "team_id": str(place.team),
        "badge_number": "HT-08",
    }  # fmt: skip
    story.tell("Hòa joins the team", "POST", "/v1/users", hoa, token=son, expect=201)
    story.tell("The same again, since the answer was lost", "POST", "/v1/users", hoa, token=son)
    story.tell("Who is in the commune", "GET", f"/v1/users?area={place.commune}&q=hoa", token=son)
    one = f"/v1/users/{hoa['id']}"
    read = story.tell("One person", "GET", one, token=son)
    held = {"If-Match": read.headers["ETag"]}
    story.tell("A name put right", "PATCH", one, {"full_name": "Phạm Thị Hoà"}, token=son, headers=held)
    story.tell("Her code", "POST", f"{one}/issue_code", {}, token=son)
    story.tell("Her phone is lost", "POST", f"{one}/issue_code", {"end_sessions": True}, token=son)
    story.tell("To another team", "POST", f"{one}/move", {"team_id": str(place.other_team)}, token=son)
    story.tell("She moves away", "POST", f"{one}/deactivate", token=son)
    story.tell("And comes back", "POST", f"{one}/reactivate", token=son)
    story.tell("What her phone sent", "GET", f"/v1/users/{place.lan_id}/deliveries?limit=2", token=son)
    back = {"user_ids": [hoa["id"]], "team_id": str(place.team), "dry_run": True}
    story.tell("What moving many would do", "POST", "/v1/users/move", back, token=son)
    many = {"user_ids": [hoa["id"]], "dry_run": True}
    story.tell("Whom it would switch off", "POST", "/v1/users/deactivate", many, token=son)
    asked = f"/v1/sessions?user={place.lan_id}&limit=3"
    session = story.tell("Lan's devices", "GET", asked, token=son).json()["items"][-1]["id"]
    story.tell("Sign one out", "DELETE", f"/v1/sessions/{session}", token=son, expect=204)


def _teams(story: Story, place: Place, son: str) -> None:
    """A third team is founded, gets its people, and is closed."""
    team = {
        "id": str(uuid.uuid4()), "area_id": str(place.hamlet), "team_type": "household_cluster",
        "name": "Tổ liên gia số 3", "founding_decision": "21/QĐ-UBND", "founded_on": story.at(0)[:10],
    }  # fmt: skip
    story.tell("A team is founded", "POST", "/v1/teams", team, token=son, expect=201)
    story.tell("Founded already", "POST", "/v1/teams", team, token=son)
    one = f"/v1/teams/{team['id']}"
    held = {"If-Match": '"1"'}
    story.tell("Its name put right", "PATCH", one, {"name": "Tổ liên gia tự quản số 3"}, token=son, headers=held)
    joining = {"id": str(uuid.uuid4()), "team_id": team["id"], "user_id": str(place.lan_id), "role": "member"}
    story.tell("Lan joins it too", "POST", "/v1/memberships", joining, token=son, expect=201)
    story.tell("She is in it already", "POST", "/v1/memberships", joining, token=son)
    began = f"/v1/memberships/{joining['id']}"
    leads = story.tell("And leads it", "POST", f"{began}/change_role", {"role": "leader"}, token=son).json()["id"]
    story.tell("Until tonight", "POST", f"/v1/memberships/{leads}/end", {}, token=son)
    story.tell("What closing it would do", "POST", f"{one}/close", {"dry_run": True}, token=son)
    story.tell("It is closed", "POST", f"{one}/close", {}, token=son)


def _roles(story: Story, place: Place, son: str, hanh: str) -> None:
    """A police officer needs a second person; what is given can be ended."""
    role = {
        "id": str(uuid.uuid4()), "user_id": str(place.bao_id), "role": "police_officer", "area_id": str(place.commune)
    }  # fmt: skip
    story.tell("Sơn proposes a police officer", "POST", "/v1/grants", role, token=son, expect=201)
    story.tell("Proposed already", "POST", "/v1/grants", role, token=son)
    one = f"/v1/grants/{role['id']}"
    story.tell("It waits for a second person", "GET", one, token=hanh)
    story.tell("Hạnh confirms", "POST", f"{one}/confirm", token=hanh)
    story.tell("Roles over the commune", "GET", f"/v1/grants?area={place.commune}&role=police_officer", token=son)
    story.tell("It ends", "POST", f"{one}/end", token=son)


def _areas(story: Story, place: Place, son: str) -> None:
    """A hamlet begins, is corrected, renamed, split and merged; first it is only asked what that would do."""
    today = str(local_day(now()))
    hamlet = {
        "level": "hamlet", "kind": "thon", "name": "Thôn Thái Bình", "parent_id": str(place.commune),
        "household_count": 58,
    }  # fmt: skip
    made = story.tell("A hamlet begins", "POST", "/v1/areas", hamlet, token=son, expect=201).json()
    one, held = f"/v1/areas/{made['id']}", {"If-Match": '"1"'}
    story.tell("Its households counted anew", "PATCH", one, {"household_count": 61}, token=son, headers=held)
    story.tell("Renamed", "POST", f"{one}/rename", {"name": "Thái Hòa", "on": today}, token=son)
    story.tell("What regrading it would do", "POST", f"{one}/regrade",
        {"kind": "to_dan_pho", "on": today, "dry_run": True}, token=son)  # fmt: skip
    story.tell("What moving it would do", "POST", f"{one}/move",
        {"parent_id": str(place.commune), "on": today, "dry_run": True}, token=son)  # fmt: skip
    into = hamlet | {"name": "Thôn Thái Thành"}
    merger = {
        "area_ids": [str(place.hamlet), made["id"]], "into": into, "on": today, "decree": "15/NQ-HĐND", "dry_run": True
    }  # fmt: skip
    story.tell("What merging two would do", "POST", "/v1/areas/merge", merger, token=son)
    parts = [
        {"area": hamlet | {"name": f"Thôn Thái Hòa {number}", "household_count": None}, "share": 0.5,
            "is_default": number == 1}
        for number in (1, 2)
    ]  # fmt: skip
    split = {"parts": parts, "on": today, "decree": "16/NQ-HĐND", "dry_run": True}
    story.tell("What splitting it would do", "POST", f"{one}/split", split, token=son)


def _one_time_codes(story: Story, place: Place, son: str, hanh: str) -> None:
    """Sơn's second factor: begun, confirmed, given up; Hạnh takes away that of a colleague who lost the phone."""
    begun = story.tell("Begin", "POST", "/v1/auth/totp", {"password": PASSWORD}, token=son).json()
    code = _code(begun["secret"], 0)
    told = story.tell("The first code", "POST", "/v1/auth/totp/confirm", {"code": code}, token=son).json()
    proof = {"password": PASSWORD, "otp": told["recovery_codes"][0]}
    anew = story.tell("New recovery codes", "POST", "/v1/auth/totp/recovery_codes", proof, token=son).json()
    proof = {"password": PASSWORD, "otp": anew["recovery_codes"][0]}
    story.tell("Without it again", "POST", "/v1/auth/totp/remove", proof, token=son, expect=204)
    lost = f"/v1/users/{place.son_id}/reset_second_factor"
    story.tell("Sơn lost his phone", "POST", lost, token=hanh, expect=204)
    story.tell("What happened to the own account", "GET", "/v1/auth/security_events?limit=3", token=son)


def _code(secret: str, step: int) -> str:
    key = base64.b32decode(secret)
    totp = TOTP(key)
    totp.time = time.time() + 30 * step
    return f"{totp.token():06}"


def _imports(story: Story, son: str) -> None:
    """A list of people: first with mistakes, then right, then taken back."""
    lines = (
        "Số điện thoại,Họ và tên,Thôn,Tổ,Vai trò trong tổ",
        "0983 115 204,Lê Văn Tám,Thôn Thái An,Tổ tự quản số 1,Tổ viên",
        "0976 000 32,Bùi Thị Sáu,Thôn Thái Ân,Tổ tự quản số 1,Tổ viên",
    )
    spoilt = ("nguoi.csv", CSV, "\n".join(lines).encode())
    asked = "/v1/imports?kind=people&filename=nguoi.csv"
    made = story.tell("A list of people as CSV", "POST", asked, token=son, file=spoilt, expect=201)
    one = f"/v1/imports/{made.json()['id']}"
    jobs.run_due(CHECK)
    found = story.tell("What is wrong in it", "GET", one, token=son).json()
    assert found["status"] == "faulty"
    story.tell("Every cell that is wrong", "GET", f"{one}/rows?status=fault", token=son)
    story.tell("To put right in Excel", "GET", f"{one}/faults.xlsx", token=son)
    story.tell("The same as CSV", "GET", f"{one}/faults.csv", token=son)
    book = ("nguoi.csv", CSV, "\n".join(lines[:2]).encode())
    story.tell("Check the same file once more", "POST", f"{one}/check_again", token=son, expect=201)
    jobs.run_due(CHECK)
    made = story.tell("Put right", "POST", f"{asked}&corrects={found['id']}", token=son, file=book, expect=201)
    one = f"/v1/imports/{made.json()['id']}"
    jobs.run_due(CHECK)
    story.tell("Apply it", "POST", f"{one}/apply", token=son, expect=202)
    jobs.run_due(CARRY_OUT)
    story.tell("The commune's imports", "GET", "/v1/imports", token=son)
    story.tell("The accounts that it made", "GET", f"{one}/things?type=user", token=son)
    story.tell("The file as it came", "GET", f"{one}/file", token=son)
    story.tell("What taking it back would do", "POST", f"{one}/deactivate", {"dry_run": True}, token=son)
    story.tell("Take it back", "POST", f"{one}/deactivate", {"dry_run": False}, token=son, expect=202)
    jobs.run_due(UNDO)
    story.tell("A template to fill in", "GET", "/v1/imports/templates/people.xlsx", token=son)
    story.tell("A template as CSV", "GET", "/v1/imports/templates/people.csv", token=son)


def _sheets(story: Story, place: Place, son: str) -> None:
    """Slips with codes, to be cut and handed out."""
    story.tell("One person's slip", "POST", f"/v1/users/{place.lan_id}/sheet", token=son)
    story.tell(
        "Slips for a team", "POST", f"/v1/teams/{place.team}/sheet", {"user_ids": [str(place.lan_id)]}, token=son
    )
    begun = story.tell(
        "Slips for the whole commune", "POST", f"/v1/areas/{place.commune}/sheets", token=son, expect=202
    )
    one = f"/v1/sheet_prints/{begun.json()['id']}"
    jobs.run_due(prints.TOPIC)
    story.tell("How far it is", "GET", one, token=son)
    story.tell("The whole commune's slips", "POST", f"{one}/fetch", {"key": begun.json()["key"]}, token=son)


def _audit(story: Story, place: Place, son: str) -> None:
    seal_leftovers()
    sign_head()
    asked = f"/v1/audit_events?area={place.commune}&name=membership.began&limit=2"
    story.tell("Who came into the commune's teams", "GET", asked, token=son)
    story.tell("What anyone may hold on to", "GET", "/.well-known/audit-heads.json")
    export = {"kind": "audit_events", "format": "csv", "chosen": {"area": str(place.commune)}}
    made = story.tell("The trail as a file", "POST", "/v1/exports", export, token=son, expect=202).json()
    jobs.run_due(EXPORTS)
    story.tell("It is written", "GET", f"/v1/exports/{made['id']}", token=son)
    story.tell("Fetch it", "GET", f"/v1/exports/{made['id']}/content", token=son)
    story.tell("What is kept, why and for how long", "GET", "/v1/retention", token=son)
