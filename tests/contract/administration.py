"""What the examples tell of administration: Sơn looks after the accounts, teams and areas of his commune."""

from __future__ import annotations

import uuid

from accounts.heads import sign_head
from accounts.imports.working import CARRY_OUT, CHECK, UNDO
from accounts.sealer import seal_leftovers
from accounts.sheets import prints
from api import jobs
from tests.client import CheckedClient
from tests.contract.place import PASSWORD, Place
from tests.contract.telling import Story

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def tell_administration(story: Story, place: Place) -> None:
    """A day of Sơn's."""
    laptop = {"id": str(uuid.uuid4()), "name": "Máy tính UBND xã", "platform": "web", "app_version": "1.0.0"}
    signed_in = {"phone": "0913 550 246", "password": PASSWORD, "device": laptop}
    son = CheckedClient().post("/v1/auth/token", signed_in, "application/json").json()["access"]
    _people(story, place, son)
    _imports(story, son)
    _sheets(story, place, son)
    _audit(story, place, son)


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
    story.tell("What is wrong in it", "GET", one, token=son)
    story.tell("Every cell that is wrong", "GET", f"{one}/rows?status=fault", token=son)
    story.tell("To put right in Excel", "GET", f"{one}/faults.xlsx", token=son)
    story.tell("The same as CSV", "GET", f"{one}/faults.csv", token=son)
    book = ("nguoi.csv", CSV, "\n".join(lines[:2]).encode())
    made = story.tell("Put right", "POST", asked, token=son, file=book, expect=201)
    one = f"/v1/imports/{made.json()['id']}"
    jobs.run_due(CHECK)
    story.tell("Apply it", "POST", f"{one}/apply", token=son, expect=202)
    jobs.run_due(CARRY_OUT)
    story.tell("The commune's imports", "GET", "/v1/imports", token=son)
    story.tell("What it made", "GET", f"{one}/things", token=son)
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
