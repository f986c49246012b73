"""From bytes to a receipt: what the store must say, who gets an upload, and what comes of faults."""

import datetime as dt
import threading
import time
import uuid

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from api.localtime import wire
from api.problems import Problem
from api.sync.changes import Change
from api.sync.engine import write, write_one
from api.sync.models import Revision
from demo.receipts import check_receipt
from media import storage
from media.receipts import public_keys
from media.uploads import acknowledge, complete, find_one, upload_of
from tests.cast import Cast
from tests.media.photos import bring, code_of, completed, photograph

pytestmark = pytest.mark.usefixtures("clean_db")


@pytest.mark.usefixtures("s3")
class TestCompletion:
    def test_bytes_in_the_store_are_verified_with_a_receipt(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        assert bring(lan, photo) == 200

        result = completed(lan, photo)

        assert isinstance(result, dict)
        assert (result["status"], result["version"]) == ("verified", 2)
        checked = check_receipt(result["receipt"], keys=public_keys(), **photo.facts)
        row = photo.row()
        assert row.stored_at is not None
        assert (wire(row.stored_at), row.receipt) == (checked.received_at, result["receipt"])

    def test_a_repeat_gives_the_same_receipt_and_no_new_version(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        bring(lan, photo)
        first, second = completed(lan, photo), completed(lan, photo)
        assert isinstance(first, dict) and isinstance(second, dict)
        assert (first["receipt"], first["version"]) == (second["receipt"], second["version"])

    def test_sixteen_at_once_agree_on_one_receipt(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        bring(lan, photo)
        results: list[object] = []

        def work() -> None:
            results.append(completed(lan, photo))
            connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert {result["receipt"] for result in results if isinstance(result, dict)} == {photo.row().receipt}
        assert len(results) == 16
        assert photo.row().version == 2

    def test_verifying_is_a_revision_and_an_audit_event(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        bring(lan, photo)
        completed(lan, photo)

        last = Revision.objects.filter(record_id=photo.id).order_by("-version")[0]
        assert (last.version, last.data["status"], last.author_id) == (2, "verified", lan.user_id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM audit_event WHERE subject_id = %s ORDER BY at, id", [str(photo.id)])
            assert [row[0] for row in cursor.fetchall()] == ["media.declared", "media.verified"]

    def test_without_an_object_it_is_a_conflict(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        result = completed(lan, photograph(lan, cast.hamlets[0]))
        assert code_of(result) == "media_not_uploaded"
        assert isinstance(result, Problem) and result.status == 409

    def test_an_object_that_differs_is_a_conflict(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        row = photo.row()
        # Only with the server's own keys can other bytes get there at all.
        key = storage.original_key(row.author_id, row.sha256)
        bucket = storage.settings.S3["bucket"]
        storage._ask(lambda s3: s3.put_object(Bucket=bucket, Key=key, Body=b"other", ChecksumAlgorithm="SHA256"))
        assert code_of(completed(lan, photo)) == "media_differs"
        assert photo.row().status == "pending"

    def test_a_hundred_are_completed_within_eight_seconds_by_few_queries(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photos = [photograph(lan, cast.hamlets[0]) for _ in range(100)]
        for photo in photos:
            bring(lan, photo)
        ids = [photo.id for photo in photos]
        began = time.monotonic()
        with CaptureQueriesContext(connection) as queries:
            results = complete(actor=lan, ids=ids)
        assert time.monotonic() - began < 8
        assert len(queries) < 12
        assert list(results) == ids
        for photo in photos:
            result = results[photo.id]
            assert isinstance(result, dict)
            check_receipt(result["receipt"], keys=public_keys(), **photo.facts)

    def test_a_batch_answers_for_each(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        there, missing = photograph(lan, cast.hamlets[0]), photograph(lan, cast.hamlets[0])
        elsewhere = photograph(cast.linh.actor(), cast.hamlets[2])
        bring(lan, there)
        unknown = uuid.uuid4()

        results = complete(actor=lan, ids=[missing.id, there.id, elsewhere.id, unknown])

        assert code_of(results[missing.id]) == "media_not_uploaded"
        assert isinstance(results[there.id], dict)
        assert code_of(results[elsewhere.id]) == code_of(results[unknown]) == "not_found"

    def test_an_edit_meanwhile_does_not_hinder_it(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        bring(lan, photo)
        file = find_one(actor=lan, id=photo.id, purpose="upload")
        place = {"location": {"lon": 108.1, "lat": 11.2, "accuracy_m": 5.0}}
        write_one(lan, Change("media", photo.id, "patch", cast.hamlets[0], place, base_version=1))

        [outcome] = write(lan, [file.as_verified(dt.datetime.now(dt.UTC))])

        assert outcome.record is not None
        assert (outcome.record["status"], outcome.record["location"]["lon"]) == ("verified", 108.1)


@pytest.mark.usefixtures("s3")
class TestAcknowledgement:
    def test_what_waits_for_its_bytes_gets_an_upload_again_and_again(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        for _ in range(2):
            upload = acknowledge(lan, [photo.id])[photo.id]["upload"]
            assert list(upload) == ["put"]
            assert set(upload["put"]) == {"url", "headers", "expires_at"}

    def test_what_is_verified_or_anothers_gets_none(self, cast: Cast) -> None:
        lan, bao = cast.lan.actor(), cast.bao.actor()
        photo, other = photograph(lan, cast.hamlets[0]), photograph(bao, cast.hamlets[0])
        bring(lan, photo)
        completed(lan, photo)
        assert acknowledge(lan, [photo.id, other.id]) == {}

    def test_bytes_that_one_brought_before_are_verified_without_an_upload(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        first = photograph(lan, cast.hamlets[0])
        bring(lan, first)
        completed(lan, first)
        again = photograph(lan, cast.hamlets[0], first.content)

        assert acknowledge(lan, [again.id]) == {}

        row = again.row()
        assert (row.status, row.version) == ("verified", 2)
        check_receipt(row.receipt or "", keys=public_keys(), **again.facts)
        assert upload_of(find_one(actor=lan, id=again.id, purpose="upload")) is None

    def test_a_size_that_is_not_that_of_the_bytes_gets_no_receipt(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        first = photograph(lan, cast.hamlets[0])
        bring(lan, first)
        completed(lan, first)
        again = photograph(lan, cast.hamlets[0], first.content, size=len(first.content) + 1)
        assert again.id in acknowledge(lan, [again.id])
        assert code_of(completed(lan, again)) == "media_differs"

    def test_bytes_that_another_brought_count_for_nothing(self, cast: Cast) -> None:
        lan, bao = cast.lan.actor(), cast.bao.actor()
        first = photograph(lan, cast.hamlets[0])
        bring(lan, first)
        completed(lan, first)
        mine = photograph(bao, cast.hamlets[0], first.content)
        assert mine.id in acknowledge(bao, [mine.id])
        assert code_of(completed(bao, mine)) == "media_not_uploaded"
