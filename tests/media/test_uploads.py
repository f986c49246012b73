"""From a declaration to a receipt: who may, what the store must say, and what comes of faults."""

import datetime as dt
import threading
import time
import uuid

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from api.localtime import wire
from api.problems import Problem
from api.records import record_type
from api.sync.changes import Change
from api.sync.engine import write, write_one
from api.sync.models import Revision
from api.sync.store import run
from demo.receipts import check_receipt
from embedded.s3 import S3
from media import storage
from media.models import Media
from media.receipts import public_keys
from media.uploads import acknowledge, complete, find_one, upload_of, verify_uploaded
from tests.cast import Cast
from tests.media.photos import Photo, after_leaving, bring, declaration, photograph, system

pytestmark = pytest.mark.usefixtures("clean_db")


def code_of(result: object) -> str:
    """The code of the problem that a completion ended with."""
    assert isinstance(result, Problem), result
    return result.code


def completed(actor: object, photo: Photo) -> object:
    return complete(actor=actor, ids=[photo.id])[photo.id]  # type: ignore[arg-type]


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
        storage._client(storage.settings.S3["endpoint"]).put_object(
            Bucket=storage.settings.S3["bucket"], Key=key, Body=b"other", ChecksumAlgorithm="SHA256"
        )
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
            upload = acknowledge(lan, [{"id": str(photo.id)}])[photo.id]["upload"]
            assert list(upload) == ["put"]
            assert set(upload["put"]) == {"url", "headers", "expires_at"}

    def test_what_is_verified_or_anothers_gets_none(self, cast: Cast) -> None:
        lan, bao = cast.lan.actor(), cast.bao.actor()
        photo, other = photograph(lan, cast.hamlets[0]), photograph(bao, cast.hamlets[0])
        bring(lan, photo)
        completed(lan, photo)
        assert acknowledge(lan, [{"id": str(photo.id)}, {"id": str(other.id)}]) == {}

    def test_bytes_that_one_brought_before_are_verified_without_an_upload(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        first = photograph(lan, cast.hamlets[0])
        bring(lan, first)
        completed(lan, first)
        again = photograph(lan, cast.hamlets[0], first.content)

        assert acknowledge(lan, [{"id": str(again.id)}]) == {}

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
        assert again.id in acknowledge(lan, [{"id": str(again.id)}])
        assert code_of(completed(lan, again)) == "media_differs"

    def test_bytes_that_another_brought_count_for_nothing(self, cast: Cast) -> None:
        lan, bao = cast.lan.actor(), cast.bao.actor()
        first = photograph(lan, cast.hamlets[0])
        bring(lan, first)
        completed(lan, first)
        mine = photograph(bao, cast.hamlets[0], first.content)
        assert mine.id in acknowledge(bao, [{"id": str(mine.id)}])
        assert code_of(completed(bao, mine)) == "media_not_uploaded"


class TestRights:
    def test_linh_gets_404_for_lans_photo(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        linh = cast.linh.actor()
        assert code_of(completed(linh, photo)) == "not_found"
        for purpose in ("read", "upload"):
            with pytest.raises(Problem, match="not_found"):
                find_one(actor=linh, id=photo.id, purpose=purpose)  # type: ignore[arg-type]

    def test_minh_reads_but_does_not_upload(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        minh = cast.minh.actor()
        assert find_one(actor=minh, id=photo.id, purpose="read").id == photo.id
        assert code_of(completed(minh, photo)) == "forbidden"

    @pytest.mark.usefixtures("s3")
    def test_who_left_still_delivers_what_is_their_own(self, cast: Cast) -> None:
        late = after_leaving(cast.lan)
        own = photograph(late, cast.hamlets[0], hours_ago=2)
        other = photograph(cast.bao.actor(), cast.hamlets[0])

        assert bring(late, own) == 200
        assert isinstance(completed(late, own), dict)

        assert own.row().flags == ["late"]
        assert code_of(completed(late, other)) == "not_found"
        with pytest.raises(Problem, match="not_found"):
            find_one(actor=late, id=own.id, purpose="read")

    def test_the_deleted_is_not_found(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        write_one(lan, Change("media", photo.id, "delete", cast.hamlets[0], base_version=1))
        assert code_of(completed(lan, photo)) == "not_found"


class TestDeclaration:
    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"content_type": "video/mp4"}, ("/content_type", "type_not_of_kind")),
            ({"content_type": "image/gif"}, ("/content_type", "invalid_choice")),
            ({"kind": "selfie"}, ("/kind", "invalid_choice")),
            ({"size": 0}, ("/size", "too_small")),
            ({"size": 200 * 1024 * 1024 + 1}, ("/size", "too_large")),
            ({"sha256": "AB" * 32}, ("/sha256", "invalid_format")),
            ({"sha256": "ab" * 31}, ("/sha256", "invalid_format")),
            ({"subject": {"type": "tip", "id": str(uuid.uuid4())}}, ("/subject/type", "invalid_choice")),
            ({"subject": {"type": "media"}}, ("/subject/id", "required")),
            ({"location": {"lon": 181, "lat": 0}}, ("/location/lon", "too_large")),
        ],
    )
    def test_what_breaks_a_rule_is_refused(
        self, cast: Cast, changes: dict[str, object], fault: tuple[str, str]
    ) -> None:
        with pytest.raises(Problem) as refused:
            photograph(cast.lan.actor(), cast.hamlets[0], **changes)
        assert [(error.pointer, error.code) for error in refused.value.errors] == [fault]

    def test_the_status_that_a_phone_sends_is_ignored(self, cast: Cast) -> None:
        claim = {"status": "verified", "receipt": "mine", "stored_at": "2026-11-22T05:30:00.000Z"}
        row = photograph(cast.lan.actor(), cast.hamlets[0], **claim).row()
        assert (row.status, row.receipt, row.stored_at) == ("pending", None, None)

    def test_all_that_was_declared_comes_back(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        subject = {"type": "media", "id": str(uuid.uuid4())}
        location = {"lon": 108.25, "lat": 11.5, "accuracy_m": 8.5}
        photo = photograph(lan, cast.hamlets[0], subject=subject, location=location)
        sent = declaration(photo) | {"subject": subject, "location": location}
        [outcome] = write(lan, [Change("media", photo.id, "put", cast.hamlets[0], decoded(sent))])
        assert outcome.status == "unchanged"
        assert outcome.record is not None
        assert {name: outcome.record[name] for name in sent} == sent

    @pytest.mark.usefixtures("s3")
    def test_what_a_receipt_covers_never_changes(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        bring(lan, photo)
        completed(lan, photo)
        for change in ({"sha256": "ab" * 32}, {"size": 7}):
            with pytest.raises(Problem):
                write_one(lan, Change("media", photo.id, "patch", cast.hamlets[0], change, base_version=2))


def decoded(data: dict[str, object]) -> dict[str, object]:
    return record_type("media").shape.decode(data)


@pytest.mark.usefixtures("s3")
class TestForgottenUploads:
    def age(self, photo: Photo, age: dt.timedelta) -> None:
        """Let a declaration and its next check lie back."""
        with transaction.atomic():
            run([system().row_security()])
            then = dt.datetime.now(dt.UTC) - age
            Media.objects.filter(id=photo.id).update(received_at=then, check_after=then)

    def test_bytes_whose_complete_never_came_are_verified(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        brought, waiting = photograph(lan, cast.hamlets[0]), photograph(lan, cast.hamlets[0])
        bring(lan, brought)
        for photo in (brought, waiting):
            self.age(photo, dt.timedelta(hours=1))

        assert verify_uploaded(limit=10) == 1

        check_receipt(brought.row().receipt or "", keys=public_keys(), **brought.facts)
        assert waiting.row().status == "pending"
        assert waiting.row().check_after > dt.datetime.now(dt.UTC) + dt.timedelta(minutes=50)
        assert verify_uploaded(limit=10) == 0

    def test_fresh_declarations_are_left_to_their_phones(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        bring(lan, photo)
        assert verify_uploaded(limit=10) == 0

    def test_complete_and_the_job_give_the_same_receipt(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        bring(lan, photo)
        self.age(photo, dt.timedelta(hours=1))
        verify_uploaded(limit=10)
        result = completed(lan, photo)
        assert isinstance(result, dict)
        assert result["receipt"] == photo.row().receipt


class TestOutage:
    def test_with_the_store_stopped_it_is_unavailable_and_later_fine(
        self, cast: Cast, private_s3: S3, settings: object
    ) -> None:
        address = {"endpoint": private_s3.endpoint, "public_endpoint": private_s3.endpoint}
        settings.S3 = settings.S3 | address  # type: ignore[attr-defined]
        lan = cast.lan.actor()
        done, photo = photograph(lan, cast.hamlets[0]), photograph(lan, cast.hamlets[0])
        bring(lan, done)
        completed(lan, done)
        bring(lan, photo)
        private_s3.stop()

        began = time.monotonic()
        results = complete(actor=lan, ids=[photo.id, done.id])
        assert time.monotonic() - began < 10
        assert code_of(results[photo.id]) == "storage_unavailable"
        assert isinstance(results[done.id], dict), "what is known needs no store"

        private_s3.start()
        assert isinstance(completed(lan, photo), dict)

    def test_a_store_that_never_answers_costs_a_batch_no_more_than_eight_seconds(
        self, cast: Cast, silent_server: str, settings: object
    ) -> None:
        lan = cast.lan.actor()
        photos = [photograph(lan, cast.hamlets[0]) for _ in range(30)]
        settings.S3 = settings.S3 | {"endpoint": silent_server}  # type: ignore[attr-defined]
        began = time.monotonic()
        results = complete(actor=lan, ids=[photo.id for photo in photos])
        assert time.monotonic() - began < 8
        assert {code_of(result) for result in results.values()} == {"storage_unavailable"}

    def test_no_transaction_is_open_while_the_store_is_asked(
        self, cast: Cast, s3: S3, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        bring(lan, photo)
        ask = storage.look_up
        open_transactions: list[int] = []

        def spy(key: str) -> storage.Stored | None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
                )
                open_transactions.append(cursor.fetchone()[0])  # type: ignore[index]
            connections.close_all()
            return ask(key)

        monkeypatch.setattr(storage, "look_up", spy)
        assert isinstance(completed(lan, photo), dict)
        assert open_transactions == [0]
