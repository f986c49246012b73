"""The links to S3: what was declared goes through, anything else is refused by the store itself."""

import datetime as dt
import hashlib
import http.client
import time
import uuid
from urllib.parse import urlsplit

import pytest

from api.problems import Problem
from embedded.s3 import S3
from media import storage
from tests.media.http import get, put

BODY = b"\xff\xd8 a photo of the evening " * 40


def declared(body: bytes = BODY, **changes: object) -> tuple[str, storage.Link]:
    """A fresh key and its upload link."""
    key = storage.original_key(uuid.uuid4(), hashlib.sha256(body).hexdigest())
    facts = {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "content_type": "image/jpeg"}
    return key, storage.put_link(key, **(facts | changes))  # type: ignore[arg-type]


@pytest.mark.usefixtures("s3")
class TestUploadLink:
    def test_the_declared_bytes_are_taken_and_found_with_their_hash(self) -> None:
        key, link = declared()
        before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=2)

        assert put(link.url, link.headers, BODY) == 200

        found = storage.look_up(key)
        assert found is not None
        assert (found.sha256, found.size) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
        assert before <= found.stored_at <= dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
        assert storage.look_up(key) == found

    @pytest.mark.parametrize(
        ("body", "changed_headers"),
        [
            (BODY[:-1] + b"X", {}),
            (BODY + b"X", {"Content-Length": str(len(BODY) + 1)}),
            (BODY[:-1], {"Content-Length": str(len(BODY) - 1)}),
            (BODY, {"Content-Type": "text/html"}),
            (BODY, {"x-amz-checksum-sha256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}),
            (BODY, {"If-None-Match": None}),
            (BODY, {"x-amz-checksum-sha256": None}),
        ],
        ids=["altered", "longer", "shorter", "other-type", "other-hash", "without-if-none-match", "without-hash"],
    )
    def test_anything_else_is_refused(self, body: bytes, changed_headers: dict[str, str | None]) -> None:
        key, link = declared()
        headers = {name: value for name, value in (link.headers | changed_headers).items() if value is not None}

        assert put(link.url, headers, body) in (400, 403)
        assert storage.look_up(key) is None

    def test_another_key_is_refused(self) -> None:
        key, link = declared()
        assert put(link.url.replace(key, key[:-1] + "0"), link.headers, BODY) == 403

    def test_a_repeat_is_refused_and_changes_nothing(self) -> None:
        key, link = declared()
        put(link.url, link.headers, BODY)
        found = storage.look_up(key)

        assert put(link.url, link.headers, BODY) == 412
        assert storage.look_up(key) == found

    def test_a_late_upload_is_refused(self) -> None:
        key, link = declared(good_for=dt.timedelta(seconds=1))
        time.sleep(2.1)
        assert put(link.url, link.headers, BODY) == 403
        assert storage.look_up(key) is None

    def test_it_is_good_for_a_day(self) -> None:
        _, link = declared()
        left = link.expires_at - dt.datetime.now(dt.UTC)
        assert dt.timedelta(hours=23, minutes=59) < left <= dt.timedelta(hours=24)
        assert "X-Amz-Expires=86400" in link.url

    def test_a_body_that_is_cut_off_leaves_nothing(self) -> None:
        key, link = declared()
        address = urlsplit(link.url)
        connection = http.client.HTTPConnection(address.netloc, timeout=10)
        connection.putrequest("PUT", f"{address.path}?{address.query}", skip_accept_encoding=True)
        for name, value in link.headers.items():
            connection.putheader(name, value)
        connection.endheaders(BODY[:100])
        connection.close()
        time.sleep(0.5)

        assert storage.look_up(key) is None
        assert put(link.url, link.headers, BODY) == 200


@pytest.mark.usefixtures("s3")
class TestContentLink:
    def test_it_gives_the_bytes_under_the_declared_type_and_name(self) -> None:
        key, link = declared()
        put(link.url, link.headers, BODY)

        status, headers, body = get(storage.get_link(key, content_type="image/png", filename="a.png"))

        assert (status, body) == (200, BODY)
        assert headers["content-type"] == "image/png"
        assert headers["content-disposition"] == 'attachment; filename="a.png"'

    def test_without_the_signature_nothing_is_served(self) -> None:
        _, link = declared()
        put(link.url, link.headers, BODY)
        assert get(link.url.split("?")[0])[0] == 403

    def test_it_is_good_for_five_minutes(self) -> None:
        assert "X-Amz-Expires=300" in storage.get_link("originals/a/b", content_type="image/png", filename="a.png")


def test_links_name_the_public_endpoint(settings: object) -> None:
    settings.S3 = settings.S3 | {"public_endpoint": "https://files.example.vn"}  # type: ignore[attr-defined]
    assert declared()[1].url.startswith("https://files.example.vn/anthon/originals/")


class TestOutage:
    def test_a_store_that_refuses_connections_is_unavailable_within_eight_seconds(self, settings: object) -> None:
        settings.S3 = settings.S3 | {"endpoint": "http://127.0.0.1:1"}  # type: ignore[attr-defined]
        assert self.unavailable_after() < 8

    def test_a_store_that_never_answers_is_unavailable_within_eight_seconds(
        self, settings: object, silent_server: str
    ) -> None:
        settings.S3 = settings.S3 | {"endpoint": silent_server}  # type: ignore[attr-defined]
        assert self.unavailable_after() < 8

    def test_a_store_that_refuses_our_keys_is_unavailable(self, s3: S3, settings: object) -> None:
        settings.S3 = settings.S3 | {"secret_key": "not the one"}  # type: ignore[attr-defined]
        assert self.unavailable_after() < 8

    def test_it_is_used_again_as_soon_as_it_is_back(self, private_s3: S3, settings: object) -> None:
        address = {"endpoint": private_s3.endpoint, "public_endpoint": private_s3.endpoint}
        settings.S3 = settings.S3 | address  # type: ignore[attr-defined]
        key, link = declared()
        put(link.url, link.headers, BODY)
        private_s3.stop()
        assert self.unavailable_after() < 8
        private_s3.start()
        storage.probe()
        assert storage.look_up(key) is not None

    def unavailable_after(self) -> float:
        start = time.monotonic()
        with pytest.raises(Problem) as refused:
            storage.look_up("originals/a/b")
        assert (refused.value.code, refused.value.status) == ("storage_unavailable", 503)
        assert refused.value.retry_after_s
        return time.monotonic() - start
