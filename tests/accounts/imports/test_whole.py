"""From an empty system: a workbook of hamlets, teams and people, with 50 mistakes of 12 kinds.

`tests/first_week` brings one of 1,000 hamlets and 15,000 people to a running house.
"""

from __future__ import annotations

import io
import logging
import uuid

import orjson
import pytest
import python_calamine
from django.db import connection

from accounts.imports import working
from accounts.models import Area, AuditEvent, Grant, ImportThing, Membership, Team, User
from api.sync.models import Stream, StreamEntry
from demo.workbooks import make_workbook, spoil
from tests.accounts.imports.conftest import Province, faults

HAMLETS, PEOPLE = 200, 3_000


def test_a_workbook_with_fifty_mistakes_is_told_corrected_and_applied(province: Province) -> None:
    book = make_workbook(province.codes, hamlets=HAMLETS, people=PEOPLE)
    wrong = make_workbook(province.codes, hamlets=HAMLETS, people=PEOPLE)
    mistakes = spoil(wrong, count=50)
    assert len({(mistake.sheet, mistake.column, mistake.code) for mistake in mistakes}) == 12

    refused = province.bring(wrong.xlsx())
    assert refused.status == "faulty"
    assert sorted(faults(refused)) == sorted((m.sheet, m.line, m.column, m.code) for m in mistakes)
    _told_in_both_languages(province, refused.id)
    answer = province.client().post(f"/v1/imports/{refused.id}/apply", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "import_faulty")
    assert not Team.objects.exists() and User.objects.count() == 1

    copy = province.client().get(f"/v1/imports/{refused.id}/faults.xlsx").content
    assert _messages(copy) == 50
    ready = province.bring(book.xlsx())
    assert (ready.status, ready.counts) == (
        "ready",
        {"hamlets": {"create": HAMLETS}, "teams": {"create": HAMLETS}, "people": {"create": PEOPLE + 20}},
    )
    done = province.apply(ready)
    assert (done.status, done.problem, done.rows_done) == ("applied", None, 2 * HAMLETS + PEOPLE + 20)
    _all_of_it_stands(province, done.id)

    again = province.bring(book.xlsx())
    assert again.counts == {
        "hamlets": {"unchanged": HAMLETS},
        "teams": {"unchanged": HAMLETS},
        "people": {"unchanged": PEOPLE + 20},
    }
    # The copy with its faults is a file to send anew: here nothing was corrected in it.
    assert len(faults(province.bring(copy))) == 50


def _told_in_both_languages(province: Province, import_id: uuid.UUID) -> None:
    for language, phone in (("vi", "Số điện thoại"), ("en", "Phone")):
        rows, cursor = [], None
        while True:
            query = {"status": "fault", "limit": "20"} | ({"cursor": cursor} if cursor else {})
            answer = (
                province.client()
                .get(f"/v1/imports/{import_id}/rows", query, headers={"Accept-Language": language})
                .json()
            )
            rows += answer["items"]
            if not (cursor := answer["next_cursor"]):
                break
        assert len(rows) == 50
        assert all(fault["detail"] for row in rows for fault in row["faults"])
        assert phone in {fault["title"] for row in rows for fault in row["faults"]}
    assert "is no phone number" in orjson.dumps(rows).decode()


def _messages(copy: bytes) -> int:
    """How many rows of the copy have a message beside them; they come first."""
    book = python_calamine.load_workbook(io.BytesIO(copy))
    found = 0
    for name in book.sheet_names:
        head, *lines = book.get_sheet_by_name(name).to_python()
        place = head.index("Lỗi cần sửa")
        told = [bool(line[place]) for line in lines]
        assert told == sorted(told, reverse=True)
        found += sum(told)
    return found


def _all_of_it_stands(province: Province, import_id: uuid.UUID) -> None:
    assert Area.objects.filter(level="hamlet").count() == HAMLETS == Team.objects.count()
    assert Membership.objects.count() == PEOPLE
    assert Grant.objects.filter(role="front_officer", confirmed_at__isnull=False).count() == 20
    things = {kind: ImportThing.objects.filter(import_id=import_id, type=kind).count() for kind in ("user", "grant")}
    assert things == {"user": PEOPLE + 20, "grant": 20}
    for name, count in (
        ("user.created", PEOPLE + 20),
        ("membership.began", PEOPLE),
        ("team.created", HAMLETS),
        ("area.created", HAMLETS),
    ):
        events = AuditEvent.objects.filter(name=name, details__import_id=str(import_id), user_id=province.son.user_id)
        assert events.count() == count, name
    _streams_have_no_gap()
    lan = User.objects.filter(phone__startswith="+84", area_id__isnull=False).order_by("phone").first()
    assert lan is not None and lan.name_sort and lan.name_fold.isascii()


def _streams_have_no_gap() -> None:
    """Every stream is numbered from 1 to its head, each record once; a version is kept of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM stream s JOIN LATERAL (SELECT count(*) n, max(seq) last, count(DISTINCT seq) seqs "
            "FROM stream_entry e WHERE e.area_id = s.area_id) e ON true WHERE s.head <> e.n OR s.head <> e.seqs"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT count(*) FROM stream_entry e WHERE NOT EXISTS (SELECT FROM revision r "
            "WHERE r.record_id = e.record_id AND r.version = e.version AND r.area_id = e.area_id)"
        )
        assert cursor.fetchone() == (0,)
    assert StreamEntry.objects.count() == 2 * HAMLETS + PEOPLE
    assert Stream.objects.filter(head__gt=0).count() == HAMLETS


def test_the_last_transaction_tells_how_long_it_took(province: Province, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger=working.__name__):
        province.apply(province.bring(make_workbook(province.codes, hamlets=20, people=100).xlsx()))
    [told] = [record for record in caplog.records if record.message == "import_applied"]
    assert 0 < told.ms < 3_000  # type: ignore[attr-defined]
