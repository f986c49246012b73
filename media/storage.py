"""The store of bytes: the only module that speaks S3.

Keys name content, not records: `originals/<author>/<sha256>`. Two records of one person with the same bytes share one
object, a repeated upload finds it there, and no record has to remember where its bytes lie. Beside them stay free:
`incoming/<media>/…` for parts and pieces not verified yet, `derivatives/<author>/<sha256>/<variant>` for previews. The
heads of the audit trail lie under `audit-heads/` (media.heads).
"""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import hashlib
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import get_cert_path
from django.conf import settings
from urllib3 import HTTPConnectionPool, Timeout, connection_from_url
from urllib3.exceptions import HTTPError

from api.localtime import now
from api.problems import Problem

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")
log = logging.getLogger("anthon.media")

UPLOAD_LINK = dt.timedelta(hours=24)
CONTENT_LINK = dt.timedelta(minutes=5)
MOST_AT_ONCE = 16
"""Questions to the store under way at a time, in one process."""


class Patience(NamedTuple):
    """How long a question to the store may take, in all `attempts` × (`to_connect_s` + `to_wait_s`)."""

    attempts: int
    to_connect_s: float
    to_wait_s: float


_PATIENT = Patience(2, 1.5, 2.0)  # callers must have an answer within 10 s
_IMPATIENT = Patience(1, 0.8, 1.0)
# Copies have time, and nobody waits for them.
_AT_LENGTH = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # botocore's newer defaults add checksums that other stores refuse.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    connect_timeout=1.5,
    read_timeout=60,
    retries={"total_max_attempts": 5, "mode": "standard"},
    max_pool_connections=MOST_AT_ONCE,
)
RETRY_AFTER_S = 5


@dataclass(frozen=True)
class Stored:
    """What the store says of an object: its bytes' hash as it checked it, their number, and when it took them."""

    sha256: str | None
    size: int
    stored_at: dt.datetime


@dataclass(frozen=True)
class Link:
    """A signed request that whoever holds it may send once (a PUT) or often (a GET) until `expires_at`."""

    url: str
    headers: dict[str, str]
    expires_at: dt.datetime


def original_key(author_id: uuid.UUID | None, sha256: str) -> str:
    """Where the bytes of a person's file lie."""
    return f"originals/{author_id or 'system'}/{sha256}"


def everything_of(media_id: uuid.UUID, author_id: uuid.UUID | None, sha256: str) -> list[str]:
    """The prefixes of all that lies in the store of one file: its bytes, what was made of them, what came in pieces."""
    author = author_id or "system"
    return [original_key(author_id, sha256), f"derivatives/{author}/{sha256}/", f"incoming/{media_id}/"]


def put_link(key: str, *, sha256: str, size: int, content_type: str, good_for: dt.timedelta = UPLOAD_LINK) -> Link:
    """A PUT whose signature binds key, size, type, hash and `If-None-Match: *`.

    S3 itself refuses any other body, and nothing is overwritten.
    """
    expires_at = now() + good_for
    headers = {
        "Content-Length": str(size),
        "Content-Type": content_type,
        "If-None-Match": "*",
        "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256)).decode(),
    }
    return Link(_signed("PUT", settings.S3["public_endpoint"], key, good_for, headers=headers), headers, expires_at)


def get_link(key: str, *, content_type: str, filename: str) -> str:
    """A GET of 5 minutes that answers with this type, as a file to save: nobody looked inside yet."""
    answer = {
        "response-content-disposition": f'attachment; filename="{filename}"',
        "response-content-type": content_type,
    }
    return _signed("GET", settings.S3["public_endpoint"], key, CONTENT_LINK, query=answer)


def look_up(key: str) -> Stored | None:
    """What lies under the key, None if nothing does. Raises Problem `storage_unavailable`."""
    headers = _head(key, _PATIENT)
    if headers is None:
        return None
    checksum = headers.get("x-amz-checksum-sha256")
    return Stored(
        sha256=base64.b64decode(checksum).hex() if checksum else None,
        size=int(headers["content-length"]),
        stored_at=email.utils.parsedate_to_datetime(headers["last-modified"]).astimezone(dt.UTC),
    )


def probe() -> None:
    """Whether the store answers and has our bucket, within 2 s; Problem `storage_unavailable` if not."""
    if _head("", _IMPATIENT) is None:
        raise _unavailable("no bucket")


def _head(key: str, patience: Patience) -> Mapping[str, str] | None:
    """The headers of what lies under the key (of the bucket itself, without one), None if nothing does.

    Signed by botocore and sent by urllib3: boto3's client takes three times the CPU and 20 MB of a server's memory.
    """
    endpoint = settings.S3["endpoint"]
    for attempt in range(1, patience.attempts + 1):
        address = _address(endpoint, key)
        question = AWSRequest("HEAD", address, {"x-amz-checksum-mode": "ENABLED"})
        S3SigV4Auth(_credentials(), "s3", settings.S3["region"]).add_auth(question)
        headers, path = dict(question.headers.items()), urlsplit(address).path
        try:
            answer = _connections(endpoint, patience).urlopen("HEAD", path, headers=headers, retries=False)
        except HTTPError as failed:
            if attempt == patience.attempts:
                raise _unavailable(failed) from failed
            continue
        if answer.status == HTTPStatus.OK:
            return answer.headers
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
    raise _unavailable(f"HTTP {answer.status}")


def _signed(
    method: str,
    endpoint: str,
    key: str,
    good_for: dt.timedelta,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> str:
    """The address of one request, with the signature of all that is given here and of nothing else."""
    request = AWSRequest(method, _address(endpoint, key), headers, params=query)
    S3SigV4QueryAuth(_credentials(), "s3", settings.S3["region"], int(good_for.total_seconds())).add_auth(request)
    return str(request.url)


def _address(endpoint: str, key: str) -> str:
    bucket = f"{endpoint}/{settings.S3['bucket']}"
    return f"{bucket}/{quote(key)}" if key else bucket


def _credentials() -> Credentials:
    return Credentials(settings.S3["access_key"], settings.S3["secret_key"])


@cache
def _connections(endpoint: str, patience: Patience) -> HTTPConnectionPool:
    """Connections to the store that stay open, for all threads."""
    trusted = {"ca_certs": os.environ.get("AWS_CA_BUNDLE") or get_cert_path(True)}
    return connection_from_url(
        endpoint,
        maxsize=MOST_AT_ONCE,
        timeout=Timeout(connect=patience.to_connect_s, read=patience.to_wait_s),
        **(trusted if endpoint.startswith("https:") else {}),
    )


def stored_keys() -> Iterator[tuple[str, int]]:
    """Every object that a backup keeps, with its size; what isn't verified yet is left out. `storage_unavailable`."""
    bucket = settings.S3["bucket"]
    token: dict[str, str] = {}
    while True:
        page = _ask(lambda s3, at=token: s3.list_objects_v2(Bucket=bucket, **at))  # type: ignore[misc]
        for item in page.get("Contents", ()):
            if not item["Key"].startswith("incoming/"):
                yield item["Key"], item["Size"]
        if not page.get("IsTruncated"):
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}


def read(key: str) -> Iterator[bytes]:
    """An object's bytes, in pieces. LookupError if there is none."""
    bucket = settings.S3["bucket"]
    try:
        found = _ask(lambda s3: s3.get_object(Bucket=bucket, Key=key))
    except ClientError as missing:
        raise LookupError(key) from missing
    yield from found["Body"].iter_chunks(1 << 20)


def put_back(key: str, content: BinaryIO, *, sha256: str) -> None:
    """Store an object that a backup kept; the store checks the hash and never overwrites."""
    checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
    bucket = settings.S3["bucket"]
    _ask(lambda s3: s3.put_object(Bucket=bucket, Key=key, Body=content, ChecksumSHA256=checksum, IfNoneMatch="*"))


def put_once(key: str, content: bytes, *, content_type: str, locked_until: dt.datetime) -> bool:
    """Store an object under a key that was free, locked (WORM) until then if the bucket can; whether it was free.

    Raises Problem `storage_unavailable`.
    """
    store = settings.S3
    s3 = _client(store["endpoint"], store["region"], store["access_key"], store["secret_key"])
    checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
    plain = {"Bucket": store["bucket"], "Key": key, "Body": content, "ContentType": content_type}
    plain |= {"ChecksumSHA256": checksum, "IfNoneMatch": "*"}
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": locked_until} if _locks(s3) else {}
    try:
        s3.put_object(**plain, **lock)  # type: ignore[arg-type]
    except ClientError as refused:
        if refused.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.PRECONDITION_FAILED:
            return False
        raise _unavailable(refused) from refused
    except BotoCoreError as failed:
        raise _unavailable(failed) from failed
    return True


def erase(prefixes: Sequence[str]) -> dt.datetime | None:
    """Take away all that lies under these prefixes, past versions too: None once nothing is left.

    What the store locks is hidden, and when the last lock ends is answered. Raises Problem `storage_unavailable`.
    """
    store = settings.S3
    s3 = _client(store["endpoint"], store["region"], store["access_key"], store["secret_key"])
    try:
        ends = [_erase_version(s3, version) for prefix in prefixes for version in _versions(s3, prefix)]
    except (BotoCoreError, ClientError) as failed:
        raise _unavailable(failed) from failed
    return max((end for end in ends if end), default=None)


def _versions(s3: S3Client, prefix: str) -> list[tuple[str, str]]:
    """Key and version of all that lies under a prefix (a whole key, or a folder); markers of deletion left out."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=settings.S3["bucket"], Prefix=prefix)
    found = [(each["Key"], each["VersionId"]) for page in pages for each in page.get("Versions", ())]
    return [version for version in found if prefix.endswith("/") or version[0] == prefix]


def _erase_version(s3: S3Client, version: tuple[str, str]) -> dt.datetime | None:
    """Delete one version; if a lock holds it, hide it and say when the lock ends."""
    bucket, (key, version_id) = settings.S3["bucket"], version
    try:
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version_id)
    except ClientError as refused:
        held = s3.get_object_retention(Bucket=bucket, Key=key, VersionId=version_id).get("Retention", {})
        if held.get("RetainUntilDate", now()) <= now():
            raise refused
        if _head(key, _PATIENT) is not None:
            s3.delete_object(Bucket=bucket, Key=key)
        return held["RetainUntilDate"]
    return None


def _locks(s3: S3Client) -> bool:
    """Whether the bucket was made with an object lock; asked each time, since it is asked once an hour."""
    try:
        found = s3.get_object_lock_configuration(Bucket=settings.S3["bucket"])
    except ClientError as none:
        if none.response["ResponseMetadata"]["HTTPStatusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _unavailable(none) from none
        return False
    except BotoCoreError as failed:
        raise _unavailable(failed) from failed
    return found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"


def _ask(request: Callable[[S3Client], T]) -> T:
    """Send a request that has time. ClientError: what was asked for isn't there; all else is `storage_unavailable`."""
    store = settings.S3
    try:
        return request(_client(store["endpoint"], store["region"], store["access_key"], store["secret_key"]))
    except ClientError as refused:
        if refused.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            raise
        raise _unavailable(refused) from refused
    except BotoCoreError as failed:
        raise _unavailable(failed) from failed


def _unavailable(cause: Exception | str) -> Problem:
    told = cause if isinstance(cause, str) else type(cause).__name__
    log.warning("storage_unavailable", extra={"cause": told})
    return Problem("storage_unavailable", retry_after_s=RETRY_AFTER_S)


@cache
def _client(endpoint: str, region: str, access_key: str, secret_key: str) -> S3Client:
    """boto3's client, for copies alone: it takes 0.2 s and 20 MB to make. Many threads may use it."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=_AT_LENGTH,
    )
