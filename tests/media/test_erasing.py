"""Erasing bytes: all that lies in the store of a file goes, and what a lock holds is out of reach until it ends."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings

from api.ids import uuid7
from api.localtime import now
from api.problems import Problem
from media import storage

pytestmark = pytest.mark.usefixtures("s3")


@pytest.fixture
def client() -> Any:
    store = settings.S3
    return storage._client(store["endpoint"], store["region"], store["access_key"], store["secret_key"])


def paths() -> list[str]:
    return storage.everything_of(uuid7(), uuid7(), uuid.uuid4().hex * 2)


def test_bytes_previews_and_pieces_go_and_others_stay(client: Any) -> None:
    original, derivatives, incoming = prefixes = paths()
    keys = [original, f"{derivatives}preview", f"{incoming}1", f"{original}0"]
    for key in keys:
        client.put_object(Bucket=settings.S3["bucket"], Key=key, Body=b"x")
    assert storage.erase(prefixes) is None
    assert [storage.look_up(key) is None for key in keys] == [True, True, True, False]
    assert storage.erase(prefixes) is None


def test_what_a_lock_holds_is_hidden_until_it_ends(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"erased-{now():%H%M%S%f}"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    monkeypatch.setitem(settings.S3, "bucket", name)
    held, free, _ = prefixes = paths()
    until = now() + dt.timedelta(hours=1)
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    for _again in range(2):
        client.put_object(Bucket=name, Key=f"{free}preview", Body=b"x")
    client.put_object(Bucket=name, Key=held, Body=b"x", **lock)
    for _again in range(2):
        ends = storage.erase(prefixes)
        assert ends is not None and abs(ends - until) < dt.timedelta(seconds=1)
    assert (storage.look_up(held), storage.look_up(f"{free}preview")) == (None, None)
    left = client.list_object_versions(Bucket=name)
    assert [each["Key"] for each in left["Versions"]] == [held]
    assert [each["Key"] for each in left.get("DeleteMarkers", ())] == [held]


def test_a_store_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch, client: Any) -> None:
    def away(*_: object, **__: object) -> None:
        raise ClientError({"ResponseMetadata": {"HTTPStatusCode": 503}}, "ListObjectVersions")

    monkeypatch.setattr(client, "get_paginator", away)
    with pytest.raises(Problem, match="storage_unavailable"):
        storage.erase(paths())
