"""Exports: whole, harmless to spreadsheets, in the rights of whoever asked, in constant memory, and audited."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from accounts.exports import tables
from accounts.exports.parts import PIECE_BYTES, Parts, content
from accounts.exports.services import TOPIC
from accounts.models import AuditEvent, Export, ExportPart, Grant, User
from accounts.tokens import access_token
from api.ids import uuid7
from api.jobs import run_due
from api.localtime import now
from tests.accounts.test_audit import happen
from tests.cast import Cast, Person, add_grant
from tests.client import signed_in

pytestmark = pytest.mark.django_db
EVIL = '=HYPERLINK("http://evil";"x")'


def ask(who: Person, **body: Any) -> Any:
    return signed_in(who).post("/v1/exports", body, content_type="application/json")


def fetched(who: Person, **body: Any) -> bytes:
    """An export asked for, written by the worker, and its file."""
    asked = ask(who, **body)
    assert asked.status_code == 202, asked.content
    assert run_due(TOPIC) >= 0
    told = signed_in(who).get(f"/v1/exports/{asked.json()['id']}").json()
    assert (told["status"], told["percent"]) == ("ready", 100), told
    answer = download(who, asked.json()["id"])
    raw = b"".join(answer.streaming_content)
    assert len(raw) == told["size"] == int(answer.headers["Content-Length"])
    return raw


def download(who: Person, export_id: str) -> Any:
    """Past the checked client, which reads JSON."""
    from django.test import Client

    token = access_token(user_id=who.user_id, session_id=who.session_id)
    return Client(headers={"Authorization": f"Bearer {token}"}).get(f"/v1/exports/{export_id}/content")


def rows_of(raw: bytes) -> list[list[str]]:
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


@pytest.fixture
def read() -> dict[str, Callable[[bytes], list[list[str]]]]:
    def sheet(raw: bytes) -> list[list[str]]:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        return [list(map(str, row)) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]

    return {"csv": rows_of, "xlsx": sheet}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
class TestAudit:
    def test_the_file_holds_what_the_list_shows_and_no_more(
        self, cast: Cast, read: dict[str, Callable[[bytes], list[list[str]]]], form: str
    ) -> None:
        add_grant(cast.khach, "admin", cast.communes[1])
        seen = [happen(area=cast.hamlets[2], n=n) for n in range(5)]
        happen(area=cast.hamlets[0])
        head, *rows = read[form](fetched(cast.khach, kind="audit_events", format=form))
        assert head[:3] == ["Lúc", "Việc", "Người làm"]
        assert [row[7] for row in rows] == [str(thing) for thing in reversed(seen)]
        assert json.loads(rows[0][10]) == {"n": 4}

    def test_it_is_never_cut_short(
        self,
        cast: Cast,
        read: dict[str, Callable[[bytes], list[list[str]]]],
        form: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(tables, "ROWS_A_SHEET", 3)
        things = [happen(area=cast.hamlets[0]) for _ in range(8)]
        rows = read[form](fetched(cast.son, kind="audit_events", format=form, chosen={"area": str(cast.hamlets[0])}))
        assert [row[7] for row in rows if row[0] != "Lúc"] == [str(thing) for thing in reversed(things)]

    def test_nothing_in_it_is_a_formula(
        self, cast: Cast, read: dict[str, Callable[[bytes], list[list[str]]]], form: str
    ) -> None:
        User.objects.filter(id=cast.lan.user_id).update(full_name=EVIL)
        happen(area=cast.hamlets[0], by=cast.lan.user_id)
        raw = fetched(cast.son, kind="audit_events", format=form, chosen={"user": str(cast.lan.user_id)})
        name = read[form](raw)[1][2]
        assert name == (f"'{EVIL}" if form == "csv" else EVIL)
        if form == "xlsx":
            import zipfile

            sheet = zipfile.ZipFile(io.BytesIO(raw)).read("xl/worksheets/sheet1.xml").decode()
            assert "<f>" not in sheet and 't="inlineStr"' in sheet


@pytest.mark.parametrize("cell", ["=1+1", "+84912", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠x"])
def test_what_a_spreadsheet_would_take_for_a_formula_is_text(cell: str) -> None:
    assert tables.neutral(cell) == f"'{cell}"


def test_what_xml_cannot_hold_does_not_break_a_sheet(read: dict[str, Callable[[bytes], list[list[str]]]]) -> None:
    sink = io.BytesIO()
    tables.write_xlsx(sink, ["a"], [["\x00\x1f<&>\"' Đèn \ufffe"], [""], ["  x "]])
    assert read["xlsx"](sink.getvalue())[1] == ["\ufffd\ufffd<&>\"' Đèn \ufffd"]


def test_asking_and_fetching_are_events(cast: Cast) -> None:
    fetched(cast.son, kind="audit_events", format="csv", chosen={"name": "grant.given"})
    told = AuditEvent.objects.filter(user_id=cast.son.user_id, subject_type="export").order_by("at", "id")
    assert {event.name for event in told} == {"export.requested", "export.fetched"}
    assert told[0].details == {"kind": "audit_events", "format": "csv", "name": "grant.given"}


def test_asked_again_at_once_it_is_the_same_one(cast: Cast) -> None:
    body = {"kind": "audit_events", "format": "csv"}
    assert ask(cast.son, **body).json()["id"] == ask(cast.son, **body).json()["id"]
    assert ask(cast.son, **body | {"format": "xlsx"}).json()["id"] != ask(cast.son, **body).json()["id"]


class TestRights:
    def test_only_who_sees_events_may_ask(self, cast: Cast) -> None:
        for who in ("lan", "bao", "minh", "hoa", "khach"):
            assert ask(cast.people[who], kind="audit_events", format="csv").status_code == 403

    def test_anothers_is_as_one_that_is_not_there(self, cast: Cast) -> None:
        add_grant(cast.khach, "admin", cast.province)
        made = ask(cast.son, kind="audit_events", format="csv").json()["id"]
        run_due(TOPIC)
        for path in (f"/v1/exports/{made}", f"/v1/exports/{made}/content"):
            assert signed_in(cast.khach).get(path).status_code == 404
        assert download(cast.son, made).status_code == 200

    def test_it_is_written_in_the_rights_of_then(self, cast: Cast) -> None:
        made = ask(cast.son, kind="audit_events", format="csv").json()["id"]
        Grant.objects.filter(user_id=cast.son.user_id).update(ends_at=now())
        run_due(TOPIC)
        assert Export.objects.get(id=made).problem == "forbidden"
        assert not ExportPart.objects.exists()
        assert signed_in(cast.son).get(f"/v1/exports/{made}").status_code == 403

    def test_who_lost_the_right_fetches_nothing(self, cast: Cast) -> None:
        made = ask(cast.son, kind="audit_events", format="csv").json()["id"]
        run_due(TOPIC)
        Grant.objects.filter(user_id=cast.son.user_id).update(ends_at=now())
        assert download(cast.son, made).status_code == 403

    def test_one_that_is_not_written_yet_is_409(self, cast: Cast) -> None:
        made = ask(cast.son, kind="audit_events", format="csv").json()["id"]
        answer = signed_in(cast.son).get(f"/v1/exports/{made}/content")
        assert (answer.status_code, answer.json()["code"]) == (409, "export_not_ready")

    @pytest.mark.parametrize(
        "body",
        [
            {"kind": "own_data", "format": "csv"},
            {"kind": "audit_events", "format": "json"},
            {"kind": "own_data", "format": "json", "chosen": {"user": str(uuid.UUID(int=7))}},
            {"kind": "audit_events", "format": "csv", "chosen": {"name": "grant.stolen"}},
            {"kind": "audit_events", "format": "csv", "chosen": {"page": 2}},
        ],
    )
    def test_what_is_no_export_is_422(self, cast: Cast, body: dict[str, Any]) -> None:
        assert ask(cast.son, **body).status_code == 422


def test_lan_gets_all_about_herself_and_nothing_of_others(cast: Cast) -> None:
    thing = happen("observation.created", cast.hamlets[0], by=cast.lan.user_id, subject_type="observation")
    happen("observation.created", cast.hamlets[0], by=cast.bao.user_id, subject_type="observation")
    raw = fetched(cast.lan, kind="own_data", format="json")
    told = json.loads(raw)
    assert told["account"]["phone"] == cast.lan.phone and told["account"]["has_password"] is True
    assert [membership["role"] for membership in told["memberships"]] == ["member"]
    assert [session["id"] for session in told["sessions"]] == [str(cast.lan.session_id)]
    assert [record["id"] for record in told["records"]] == [str(thing)]
    assert "export.requested" in {event["name"] for event in told["security_events"]}
    for other in (cast.bao, cast.son, cast.linh):
        assert str(other.user_id) not in raw.decode() and other.phone not in raw.decode()
    assert b"argon2" not in raw


def test_a_second_attempt_leaves_one_file() -> None:
    export_id = uuid7()
    for filler in (b"a", b"b"):
        parts = Parts(export_id)
        parts.write(filler * (2 * PIECE_BYTES + 5))
        parts.close()
    assert b"".join(content(export_id)) == b"b" * (2 * PIECE_BYTES + 5)


def test_ten_thousand_rows_take_no_more_memory_than_a_thousand() -> None:
    class Nowhere:
        def write(self, data: bytes, /) -> int:
            return len(data)

        def flush(self) -> None:
            pass

    def peak(write: Any, rows: int) -> int:
        tracemalloc.start()
        write(Nowhere(), ["a"] * 8, (["một ô khá dài"] * 8 for _ in range(rows)))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    for write in (tables.write_csv, tables.write_xlsx):
        peak(write, 10)
        assert peak(write, 10_000) < 1.5 * peak(write, 1_000) + 100_000
