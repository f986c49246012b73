"""A backup holds what it says, brings it back into empty servers, and is refused where it would do harm."""

from __future__ import annotations

import hashlib
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import psycopg2
from botocore.config import Config

from backup.programs import address
from embedded.house import House
from tests.launcher import prove
from tests.operations.conftest import Home


def store(home: Home) -> tuple[Any, str]:
    """A client of the house's store, and its bucket."""
    server = House(home.data).s3
    assert server
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name=server.region,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    return client, server.bucket


def put(home: Home, content: bytes) -> str:
    client, bucket = store(home)
    key = f"originals/somebody/{hashlib.sha256(content).hexdigest()}"
    client.put_object(Bucket=bucket, Key=key, Body=content)
    return key


def rights(home: Home) -> list[Any]:
    """Who may do what: on tables and columns, by policies, and on tables yet to be made."""
    with closing(psycopg2.connect(home.url())) as connection, connection.cursor() as cursor:
        found = []
        for question in (
            "SELECT relname, relrowsecurity, array(SELECT a::text FROM unnest(coalesce(relacl,"
            " acldefault((CASE relkind WHEN 'S' THEN 's' ELSE 'r' END)::\"char\", relowner))) a ORDER BY 1)"
            " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S') ORDER BY 1",
            "SELECT attrelid::regclass::text, attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL"
            " AND attrelid::regclass::text NOT LIKE 'pg_%' ORDER BY 1, 2",
            "SELECT tablename, policyname, qual, with_check FROM pg_policies ORDER BY 1, 2",
            "SELECT defaclobjtype, defaclacl::text FROM pg_default_acl ORDER BY 1",
        ):
            cursor.execute(question)
            found.append(cursor.fetchall())
    return found


def objects(said: str, what: str) -> int:
    """How many objects are told of."""
    return int(re.findall(rf"objects +(\d+) {what}", said)[0])


def test_what_is_lost_comes_back_and_what_would_harm_is_refused(home: Home, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    home.do("up", "--detach", "--port", str(home.port))
    with closing(psycopg2.connect(home.url())) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE trial AS SELECT 7 AS n")
    keys = [put(home, content) for content in (b"mot", b"hai", b"ba" * 100_000)]
    first = objects(home.do("backup", str(kept)), "new")
    keys.append(put(home, b"bon"))
    second = objects(home.do("backup", str(kept)), "new")
    # The keeper keeps heads of the audit trail there too, whenever it gets to it.
    assert (first >= 3, second >= 1) == (True, True) and first + second <= 6
    assert "nothing was changed" in home.do("restore", str(kept), "--check")

    up = home.run("restore", str(kept), "--replace")
    assert up.returncode == 1
    assert "./anthon down" in up.stderr
    allowed = rights(home)
    home.do("down")
    full = home.run("restore", str(kept))
    assert full.returncode == 1
    assert "--replace" in full.stderr

    before = House(home.data)
    for server in (before.postgres, before.s3):
        assert server
        shutil.rmtree(server.folder)
    said = home.do("restore", str(kept))
    assert objects(said, "put back") == first + second
    assert "epoch" in said

    secrets = before.environment(owner=False)
    for name in ("ANTHON_SECRET_KEY", "ANTHON_TABLES_KEY"):
        home.environment[name] = "another secret that is long enough for any HMAC"
        other = home.run("restore", str(kept), "--replace")
        assert other.returncode == 1
        assert f"{name} is another one" in other.stderr
        home.environment[name] = secrets[name]
    home.environment["ANTHON_SECRET_KEY"] += "," + "the next one " * 4
    assert "nothing was changed" in home.do("restore", str(kept), "--check")
    home.environment["ANTHON_SECRET_KEY"] = secrets["ANTHON_SECRET_KEY"]

    home.do("up", "--detach", "--port", str(home.port))
    assert rights(home) == allowed
    client, bucket = store(home)
    assert client.get_object(Bucket=bucket, Key=keys[2])["Body"].read() == b"ba" * 100_000
    with closing(psycopg2.connect(home.url())) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT n FROM trial")
        assert cursor.fetchall() == [(7,)]

    damaged = sorted(kept.glob("*/database.dump"))[-1]
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    bad = home.run("restore", str(kept), "--check")
    assert bad.returncode == 1
    assert "database.dump isn't what was written" in bad.stderr


def test_a_hundred_pushes_after_the_backup_come_back_from_the_phones() -> None:
    """The restore drill."""
    assert "nothing is lost" in prove("restore", within_s=900)


def test_how_safe_the_line_must_be_holds_for_postgres_own_programs() -> None:
    told = address("postgresql://anthon_owner:a%2Fb@db.example:6543/anthon?sslmode=verify-full&connect_timeout=5")
    assert (told["PGHOST"], told["PGPORT"], told["PGPASSWORD"]) == ("db.example", "6543", "a/b")
    assert told["PGSSLMODE"] == "verify-full"
