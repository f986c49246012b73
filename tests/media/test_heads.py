"""Heads of the audit trail in the store: there once, never overwritten, locked where the bucket can."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings

from accounts.events import record
from accounts.heads import held_head, sign_head
from accounts.models import AuditHead
from accounts.sealer import seal_leftovers
from api.actors import Event
from api.localtime import now
from api.problems import Problem
from media import storage
from media.heads import KEPT_FOR, head_key

pytestmark = [pytest.mark.usefixtures("clean_db", "s3")]
LATER = dt.timedelta(days=3652)


@pytest.fixture
def client() -> Any:
    store = settings.S3
    return storage._client(store["endpoint"], store["region"], store["access_key"], store["secret_key"])


@pytest.fixture(params=["a bucket with a lock", "one without"])
def bucket(request: pytest.FixtureRequest, client: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket of this test's own."""
    name = f"heads-{'locked' if 'with a' in request.param else 'plain'}-{now():%H%M%S%f}"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket="locked" in name)
    monkeypatch.setitem(settings.S3, "bucket", name)
    return name


def signed() -> AuditHead:
    record(Event("purge.finished", details={"rows": {}}), alias="owner")
    seal_leftovers()
    head = sign_head()
    assert head is not None
    return head


def kept(head: AuditHead) -> str:
    return b"".join(storage.read(head_key(head))).decode()


def test_each_signed_head_lies_in_the_store_as_it_was_signed(bucket: str, client: Any) -> None:
    first, second = signed(), signed()
    assert held_head(kept(first)) == (first.seq, first.hash)
    assert held_head(kept(second)) == (second.seq, second.hash)
    assert not storage.put_once(head_key(first), b"another", content_type="x/y", locked_until=now() + LATER)
    assert kept(first) == first.jws
    if "locked" in bucket:
        lock = client.get_object_retention(Bucket=bucket, Key=head_key(first))["Retention"]
        assert lock["Mode"] == "COMPLIANCE"
        assert abs(lock["RetainUntilDate"] - first.signed_at - KEPT_FOR) < dt.timedelta(seconds=1)
        version = client.head_object(Bucket=bucket, Key=head_key(first))["VersionId"]
        with pytest.raises(ClientError):
            client.delete_object(Bucket=bucket, Key=head_key(first), VersionId=version)


def test_a_head_that_the_store_could_not_take_is_written_with_the_next(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signed()

    def away(*_: object, **__: object) -> bool:
        raise Problem("storage_unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(storage, "put_once", away)
        missed = signed()
    newest = signed()
    assert [held_head(kept(head))[0] for head in (before, missed, newest)] == [before.seq, missed.seq, newest.seq]
