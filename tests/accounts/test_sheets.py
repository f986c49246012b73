"""Activation sheets: who may print for whom, what stands on them, that they work, and that nothing of them stays."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typst
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.grants import give_grant
from accounts.memberships import add_member
from accounts.models import ActivationCode, AuditEvent, Membership, SheetPrint, User
from accounts.scoping import SystemActor
from accounts.sheets import printing, prints
from accounts.sheets.slips import address_of, press_data, spoken_phone
from accounts.users import create_user, deactivate_user
from api import jobs, press
from api.localtime import now
from api.press.joining import join
from tests.accounts.phone import Phone
from tests.cast import Cast, Person
from tests.client import signed_in

pytestmark = pytest.mark.django_db

HOUSE = SystemActor("test")
YESTERDAY = now() - dt.timedelta(days=1)
SHORT = "mưa rào 7"
NASTY = '#eval("1") *đậm* $x$ @ref <nhãn> `mã` \\ // [x] "'


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the press was given, print by print; it prints all the same."""
    given: list[dict[str, Any]] = []

    def listen(*args: Any, **more: Any) -> dict[str, Any]:
        given.append(press_data(*args, **more))
        return given[-1]

    monkeypatch.setattr(printing, "press_data", listen)
    return given


def newcomer(cast: Cast, number: int, name: str = "Nguyễn Thị Mới", team: int = 0) -> User:
    user = create_user(actor=HOUSE, phone=f"0912 000 {number:03}", full_name=name)
    add_member(actor=HOUSE, team_id=cast.teams[team], user_id=user.id, starts_at=YESTERDAY)
    return user


def sheet(person: Person | None, path: str, body: object = None) -> Any:
    return signed_in(person).post(f"/v1/{path}", body or {}, content_type="application/json")


def pages(pdf: bytes) -> int:
    assert pdf.startswith(b"%PDF-1.4")
    return max(int(found) for found in re.findall(rb"/Count (\d+)", pdf))


def slips(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [person for team in given["teams"] for person in team["people"]]


def test_lan_activates_with_the_code_of_her_teams_sheet(cast: Cast, phone: Phone, told: list[dict[str, Any]]) -> None:
    mai = newcomer(cast, 1, "Nguyễn Thị Mai")
    answer = sheet(cast.son, f"teams/{cast.teams[0]}/sheet")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store" and pages(answer.content) == 2, "the list, and the slips"
    [team] = told[0]["teams"]
    assert (team["name"], team["place"]) == ("Tổ tự quản 1", "Thôn Thái An, xã Hồng Thái, tỉnh Lâm Đồng")
    [slip] = team["people"]
    assert (slip["name"], slip["role"], slip["delivers"]) == ("Nguyễn Thị Mai", "Tổ viên", False)
    assert slip["call"] == {"name": "bao", "phone": spoken_phone(cast.bao.phone)}
    assert phone.activate(slip["code"], SHORT).status == 200
    assert User.objects.get(id=mai.id).password_needs_device
    again = sheet(cast.son, f"teams/{cast.teams[0]}/sheet")
    assert (again.status_code, again.json()["code"]) == (409, "nobody_waiting"), "all have passwords now"


def test_a_second_print_takes_the_first_ones_codes_back(cast: Cast, phone: Phone, told: list[dict[str, Any]]) -> None:
    newcomer(cast, 1)
    for _ in range(2):
        assert sheet(cast.bao, f"teams/{cast.teams[0]}/sheet").status_code == 200
    first, second = (slips(given)[0]["code"] for given in told)
    assert phone.activate(first, SHORT).code == "code_invalid"
    assert phone.activate(second, SHORT).status == 200


def test_what_is_printed_is_nowhere_kept_in_the_clear(cast: Cast, told: list[dict[str, Any]]) -> None:
    newcomer(cast, 1)
    sheet(cast.son, f"teams/{cast.teams[0]}/sheet")
    code = slips(told[0])[0]["code"]
    rows = [*ActivationCode.objects.values(), *AuditEvent.objects.values()]
    assert not any(text in str(row) for row in rows for text in (code, code.replace("-", "")))
    assert AuditEvent.objects.filter(name="activation_code.issued").count() == 1


def test_a_leader_prints_for_the_own_team_and_is_told_whom_an_admin_must_print_for(
    cast: Cast, told: list[dict[str, Any]]
) -> None:
    newcomer(cast, 1, "Trần Văn Tư")
    officer = newcomer(cast, 2, "Lê Thị Cán Bộ")
    give_grant(actor=HOUSE, user_id=officer.id, role="analyst", area_id=cast.province, starts_at=YESTERDAY)
    assert sheet(cast.bao, f"teams/{cast.teams[0]}/sheet").status_code == 200
    assert {slip["name"]: slip["code"] is None for slip in slips(told[0])} == {
        "Trần Văn Tư": False,
        "Lê Thị Cán Bộ": True,
    }
    assert not ActivationCode.objects.filter(user_id=officer.id).exists()
    for who, team, code in ((cast.lan, 0, "forbidden"), (cast.bao, 2, "not_found"), (cast.linh, 0, "not_found")):
        assert sheet(who, f"teams/{cast.teams[team]}/sheet").json()["code"] == code


def test_those_named_get_slips_though_they_have_passwords(cast: Cast, phone: Phone, told: list[dict[str, Any]]) -> None:
    lost = {"user_ids": [str(cast.lan.user_id)]}
    assert sheet(cast.bao, f"teams/{cast.teams[0]}/sheet", lost).status_code == 200
    assert [slip["name"] for slip in slips(told[0])] == ["lan"]
    assert phone.activate(slips(told[0])[0]["code"], SHORT).status == 200
    strangers = {"user_ids": [str(cast.lan.user_id), str(cast.linh.user_id)]}
    refused = sheet(cast.bao, f"teams/{cast.teams[0]}/sheet", strangers)
    assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [("/user_ids/1", "not_member")]


def test_one_person_gets_a_slip_even_one_that_only_delivers(
    cast: Cast, phone: Phone, told: list[dict[str, Any]]
) -> None:
    deactivate_user(actor=HOUSE, user_id=cast.lan.user_id)
    assert sheet(cast.bao, f"users/{cast.lan.user_id}/sheet").status_code in (403, 404)
    answer = sheet(cast.son, f"users/{cast.lan.user_id}/sheet")
    assert answer.status_code == 200 and pages(answer.content) == 1
    [slip] = slips(told[0])
    assert slip["delivers"] and slip["call"]["name"] == "bao"
    assert phone.activate(slip["code"], "x").status == 200
    assert sheet(cast.son, f"users/{cast.minh.user_id}/sheet").status_code == 200
    [team] = told[1]["teams"]
    assert (team["label"], team["people"][0]["role"]) == ("Xã Hồng Thái, tỉnh Lâm Đồng", "Cán bộ Mặt trận")


def test_a_code_that_was_not_delivered_is_not_issued(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    newcomer(cast, 1)
    monkeypatch.setattr(press, "PRESS_S", 0)
    answer = sheet(cast.son, f"teams/{cast.teams[0]}/sheet")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] and not ActivationCode.objects.exists()


def test_a_sheet_costs_the_same_queries_for_one_as_for_twelve(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert sheet(cast.son, f"teams/{cast.teams[0]}/sheet").status_code == 200
        return len(queries)

    newcomer(cast, 1)
    one = cost()
    for number in range(2, 13):
        newcomer(cast, number)
    assert cost() == one


def test_names_are_text_and_never_markup(cast: Cast, told: list[dict[str, Any]]) -> None:
    newcomer(cast, 1, NASTY)
    newcomer(cast, 2, "K’ Brĕm Blŏ Čil")
    answer = sheet(cast.son, f"teams/{cast.teams[0]}/sheet")
    assert answer.status_code == 200 and pages(answer.content) == 2
    assert {slip["name"] for slip in slips(told[0])} == {NASTY, "K’ Brĕm Blŏ Čil"}


def test_the_square_code_names_code_and_server() -> None:
    address = address_of("7K3M-9QX2-C4T", "https://anthon.lamdong.example")
    assert address == "anthon://activate?code=7K3M-9QX2-C4T&server=https://anthon.lamdong.example"


# Whole areas.


@pytest.fixture
def run_jobs() -> Callable[[], None]:
    return lambda: (jobs.run_due(prints.TOPIC), None)[1]


def test_a_communes_sheets_are_one_pdf_for_who_asked_alone(
    cast: Cast, phone: Phone, told: list[dict[str, Any]], run_jobs: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "_PIECE", 1)
    for number, team in enumerate((0, 0, 1, 2)):
        newcomer(cast, number, f"Người Số {number}", team)
    begun = sheet(cast.son, f"areas/{cast.communes[0]}/sheets")
    assert begun.status_code == 202
    job, key = begun.json()["id"], begun.json()["key"]
    assert (begun.json()["status"], begun.json()["people"]) == ("waiting", 3), "the other commune's waits for itself"
    fetch = f"sheet_prints/{job}/fetch"
    assert sheet(cast.son, fetch, {"key": key}).json()["code"] == "sheets_not_ready"
    run_jobs()
    state = signed_in(cast.son).get(f"/v1/sheet_prints/{job}").json()
    assert (state["status"], state["printed"]) == ("ready", 3) and "key" not in state
    pdf = sheet(cast.son, fetch, {"key": key})
    assert pdf.status_code == 200 and pages(pdf.content) == 4, "two teams: a list and slips each"
    codes = {slip["name"]: slip["code"] for given in told for slip in slips(given)}
    assert phone.activate(codes["Người Số 2"], SHORT).status == 200
    stored = bytes(SheetPrint.objects.get(id=job).sealed or b"")
    assert b"%PDF" not in stored
    wrong = sheet(cast.son, fetch, {"key": key[:-2] + ("AA" if key[-2:] != "AA" else "BA")})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "sheets_key")
    assert signed_in(cast.bao).get(f"/v1/sheet_prints/{job}").status_code == 404
    assert sheet(cast.bao, fetch, {"key": key}).status_code == 404
    names = set(AuditEvent.objects.values_list("name", flat=True))
    assert {"sheets.asked", "sheets.printed", "sheets.fetched"} <= names


def test_who_was_signed_out_or_lost_the_role_prints_nothing(cast: Cast, run_jobs: Callable[[], None]) -> None:
    newcomer(cast, 1)
    begun = sheet(cast.son, f"areas/{cast.province}/sheets").json()
    signed_in(cast.son).post("/v1/auth/logout", content_type="application/json")
    run_jobs()
    row = SheetPrint.objects.get(id=begun["id"])
    assert (row.status, row.problem, row.sealed) == ("failed", "session_ended", None)
    assert not ActivationCode.objects.exists()


def test_prints_are_for_admins_of_the_area(cast: Cast) -> None:
    newcomer(cast, 1)
    for who, code in ((cast.bao, "not_found"), (cast.minh, "forbidden"), (cast.linh, "not_found")):
        assert sheet(who, f"areas/{cast.communes[0]}/sheets").json()["code"] == code
    assert sheet(cast.son, f"areas/{cast.communes[1]}/sheets").json()["code"] == "nobody_waiting"
    assert sheet(cast.son, f"areas/{uuid.uuid4()}/sheets").status_code == 404


def test_too_many_for_one_print_are_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "MOST_PEOPLE", 1)
    newcomer(cast, 1)
    newcomer(cast, 2)
    assert sheet(cast.son, f"areas/{cast.province}/sheets").json()["code"] == "too_many_sheets"


def test_pieces_joined_are_a_pdf_that_a_reader_draws_to_its_last_page(cast: Cast, tmp_path: Path) -> None:
    newcomer(cast, 1, "Nguyễn Thị Mai")
    pdf = sheet(cast.son, f"teams/{cast.teams[0]}/sheet").content
    joined = join([pdf, pdf, pdf])
    assert pages(joined) == 3 * pages(pdf)
    (tmp_path / "joined.pdf").write_bytes(joined)
    (tmp_path / "look.typ").write_text('#image("joined.pdf", page: 6)\n#pagebreak()\n#image("joined.pdf", page: 2)')
    last, first = typst.compile(str(tmp_path / "look.typ"), format="png", ppi=50)  # type: ignore[misc]
    assert last == first and len(last) > 5_000, "the third copy's slips look like the first's"


def test_a_member_who_left_is_not_printed_for(cast: Cast) -> None:
    user = newcomer(cast, 1)
    Membership.objects.filter(user_id=user.id).update(ends_at=now())
    assert sheet(cast.son, f"teams/{cast.teams[0]}/sheet").json()["code"] == "nobody_waiting"
