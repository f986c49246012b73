"""Bytes whose `complete` never came, and a store that is away for a while."""

import datetime as dt
import time

import pytest
from django.db import connection, connections, transaction

from api.sync.store import run
from demo.receipts import check_receipt
from embedded.s3 import S3
from media import storage
from media.models import Media
from media.receipts import public_keys
from media.uploads import complete, verify_uploaded
from tests.cast import Cast
from tests.media.photos import Photo, bring, code_of, completed, photograph, system

pytestmark = pytest.mark.usefixtures("clean_db")


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
