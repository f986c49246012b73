"""A canary planted as the source of tips is found nowhere, and nothing joins a tip's id with its sender.

Real processes: server and worker at the level of debugging, Postgres with its log of writes, the store, and the
officer's program, which alone shows the canary. What the tip says in plain is looked for too: it has to be found, or
the search would prove nothing.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connections

from accounts.management.commands import keeper
from accounts.models import AuditEvent
from accounts.scoping import pseudonym
from accounts.tokens import access_token
from embedded.postgres import OWNER
from embedded.processes import spawn, stop
from tests.activities.tips.telling import a_tip, solved
from tests.api import raw
from tests.cast import Cast, Person, raise_cast
from tests.environment import DATABASE, SERVERS
from tests.servers import ROOT, PostgresAddress

_FINER = re.compile(r"\d\d-\d\d \d\d:(?!00:00[+\"])")
PASSPHRASE = "gió thổi qua đồng lúa chín"


@dataclass
class Night:
    """What was played: who sent what, and what the processes left behind."""

    cast: Cast
    port: int
    folder: Path
    canary: str = field(default_factory=lambda: "Canary" + secrets.token_hex(16))
    control: str = field(default_factory=lambda: "Control" + secrets.token_hex(16))
    answers: list[bytes] = field(default_factory=list)

    def ask(self, who: Person | None, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """A request over the wire; its answer is kept."""
        sent = {"Content-Type": "application/json", **{n.replace("_", "-"): v for n, v in headers.items()}}
        if who is not None:
            sent["Authorization"] = f"Bearer {access_token(user_id=who.user_id, session_id=who.session_id)}"
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, content, sent)
        answer = connection.getresponse()
        self.answers.append(answer.read())
        connection.close()
        return answer.status, json.loads(self.answers[-1] or b"null")

    def officer(self, *words: str, program: tuple[str, ...] = ("-m", "officer")) -> str:
        """The officer's program, as it is called on the officer's machine; what it said."""
        done = subprocess.run(
            [sys.executable, *program, *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def logs(self) -> str:
        return "".join(file.read_text() for file in sorted(self.folder.glob("*/log")))


@pytest.fixture
def night(clean_db: None, s3: object, tmp_path: Path) -> Iterator[Night]:
    (tmp_path / "server").mkdir()
    loud = {"ANTHON_LOG_LEVEL": "DEBUG"}
    cast = raise_cast()
    words = ("--workers", "1", "--threads", "2")
    with raw.server(tmp_path / "server", words=words, environment=loud) as (port, _):
        yield Night(cast, port, tmp_path)


def test_the_source_is_found_nowhere_but_on_the_officers_machine(night: Night, postgres: PostgresAddress) -> None:
    key, token, passphrase = (night.folder / name for name in ("dung.key", "token", "passphrase"))
    passphrase.write_text(PASSPHRASE)
    dung, lan = night.cast.dung, night.cast.lan
    token.write_text(access_token(user_id=dung.user_id, session_id=dung.session_id))
    secret = ("--passphrase-file", str(passphrase))
    server = ("--server", f"http://127.0.0.1:{night.port}", "--token-file", str(token))
    night.officer("keygen", str(key), *secret)
    night.officer("publish", str(key), "--area", str(night.cast.communes[0]), *server)
    tips = _send(night)
    _send_what_is_wrong(night)
    _everyday(night, lan)
    assert joined(tips, lan, postgres) == [] == finer_than_the_hour(postgres), "at once"
    tip = next(iter(tips))
    night.ask(dung, "GET", f"/v1/tips/{tip}")
    night.ask(dung, "POST", f"/v1/tips/{tip}/forward", {"forwarded_to": "Phòng PC04"})
    reason = ("--reason", "Cần gặp người báo")
    told = night.officer("open", str(key), tip, *reason, *server, *secret, program=(str(ROOT / "anthon"), "tips"))
    assert told == night.canary + "\n"
    _let_the_hour_pass(night, len(tips))
    assert joined(tips, lan, postgres) == [], "and later"
    _search(night)
    assert not any(night.canary.encode() in answer for answer in night.answers)
    told_of = night.logs()
    assert "v1/tips/<uuid:id>" in told_of and not [tip for tip in tips if tip in told_of]
    requests = [json.loads(line) for line in told_of.splitlines() if '"event":"request"' in line]
    assert not [each for each in requests if each["method"] == "POST" and each.get("route") == "v1/tips"]
    assert not [each for each in requests if "public/tips" in each.get("route", "")]


def _send(night: Night) -> dict[str, str]:
    """Tips of Lan's and of nobody's, each with the canary for a source; their receipts by id."""
    area, receipts = night.cast.hamlets[0], {}
    source = {"source": night.canary, "text": f"Có người bán ma túy, {night.control}"}
    first, second, third = (a_tip(area, **source) for _ in range(3))
    status, told = night.ask(night.cast.lan, "POST", "/v1/tips", first, Idempotency_Key="once")
    assert status == 201, told
    receipts[first["id"]] = told["receipt"]
    packed = gzip.compress(json.dumps(second).encode())
    status, told = night.ask(night.cast.lan, "POST", "/v1/tips", packed, Content_Encoding="gzip")
    assert status == 201, told
    receipts[second["id"]] = told["receipt"]
    _, asked = night.ask(None, "GET", "/v1/public/tips/challenge")
    third["work"] = solved(asked["challenge"], asked["difficulty"], third["id"])
    status, told = night.ask(None, "POST", "/v1/public/tips", third)
    assert status == 201, told
    receipts[third["id"]] = told["receipt"]
    path = f"/v1/tips/receipts/{told['receipt']}"
    assert night.ask(None, "POST", f"{path}/messages", {"id": str(uuid.uuid4()), "text": "Thêm"})[0] == 200
    assert night.ask(None, "GET", path)[0] == 200
    return receipts


def _send_what_is_wrong(night: Night) -> None:
    """The canary where it doesn't belong: nothing says it back, and nothing keeps it."""
    lan, canary, tip = night.cast.lan, night.canary, a_tip(night.cast.hamlets[0])
    faults: list[Any] = [
        tip | {name: canary} for name in ("id", "area_id", "category", "sealed_source", "location", "soucre", "urgency")
    ]
    faults += [tip | {"source": value} for value in ([canary], {"name": canary}, canary * 100)]
    faults += [tip | {"sealed_source": {"key_id": str(uuid.uuid4()), "box": canary}}]
    faults += [tip | {"source": canary, "about_official": True}, [canary], canary]
    faults += [json.dumps(tip | {"source": canary})[:-9].encode(), f'{{"source": "{canary}\\ud800"}}'.encode()]
    for fault in faults:
        for who, path in ((lan, "/v1/tips"), (None, "/v1/public/tips")):
            status, _ = night.ask(who, "POST", path, fault)
            assert 400 <= status < 500, fault
    for method, path in (
        ("PUT", "/v1/tips"), ("POST", f"/v1/tips?source={canary}"), ("GET", f"/v1/tips/receipts/{canary}"),
        ("POST", f"/v1/public/tips?q={canary}"), ("POST", f"/v1/tips/receipts/{'0' * 16}/messages"),
    ):  # fmt: skip
        assert 400 <= night.ask(lan, method, path, tip | {"source": canary})[0] < 500


def _everyday(night: Night, lan: Person) -> None:
    """What the same phone does beside: rows and lines that do name Lan."""
    seen = {"id": str(uuid.uuid4()), "area_id": str(lan.area_id), "kind": "lighting", "severity": "info"}
    assert night.ask(lan, "POST", "/v1/observations", seen, Idempotency_Key="a lamp")[0] == 201


def _let_the_hour_pass(night: Night, tips: int) -> None:
    """The worker mixes what came in it; the keeper seals what the trail then says."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE tip SET hour = hour - interval '1 hour'")
        cursor.execute("UPDATE tip_message SET hour = hour - interval '1 hour'")
    (night.folder / "worker").mkdir()
    command = [sys.executable, "manage.py", "worker", "--tick", "0.2", "--poll", "0.1"]
    environment = os.environ | {"ANTHON_LOG_LEVEL": "DEBUG"}
    process = spawn(command, log=night.folder / "worker" / "log", cwd=ROOT, env=environment)
    try:
        until = time.monotonic() + 40
        while AuditEvent.objects.filter(name="tip.received").count() < tips:
            assert time.monotonic() < until, night.logs()[-2000:]
            time.sleep(0.1)
    finally:
        stop(process)
    keeper.seal()


def joined(tips: dict[str, str], who: Person, postgres: PostgresAddress) -> list[str]:
    """What in the database holds a tip's id (or receipt) together with its sender's: a row, or rows of one transaction.

    All tables are read whole, with the transaction that wrote each row, as somebody who holds the disk could.
    """
    own = [str(each) for each in (who.user_id, who.session_id, who.device_id, pseudonym(who.device_id))]
    marks, faults = [*tips, *tips.values()], []
    written: dict[str, set[str]] = defaultdict(set)
    superuser = psycopg2.connect(postgres.superuser)
    with superuser, superuser.cursor() as cursor:
        cursor.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r'"
            " AND c.relnamespace = 'public'::regnamespace"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT xmin::text, t::text FROM {table} t")
            for transaction, row in cursor.fetchall():
                of_tip, of_sender = any(mark in row for mark in marks), any(id in row for id in own)
                written[transaction] |= ({"tip"} if of_tip else set()) | ({"sender"} if of_sender else set())
                if of_tip and of_sender:
                    faults.append(f"{table}: {row}")
    superuser.close()
    return faults + [f"transaction {number}" for number, names in written.items() if len(names) == 2]


def finer_than_the_hour(postgres: PostgresAddress) -> list[str]:
    """The rows of tips that tell more of their moment; the police haven't touched them yet."""
    superuser = psycopg2.connect(postgres.superuser)
    with superuser, superuser.cursor() as cursor:
        rows = []
        for table in ("tip", "tip_source", "tip_message", "tip_challenge"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows += [row for (row,) in cursor.fetchall()]
    superuser.close()
    assert len(rows) == 8, "three tips, three sources, a message, a challenge"
    return [row for row in rows if _FINER.search(row)]


def _search(night: Night) -> None:
    """The canary, as text and as the hex of a dump's bytes, in everything that lies on the disk."""
    dump = night.folder / "dump.sql"
    environment = os.environ | {"PGPASSWORD": SERVERS.postgres.passwords[OWNER]}
    command = [str(SERVERS.postgres.program("pg_dump")), "-h", "127.0.0.1", "-p", str(SERVERS.postgres.port)]
    command += ["-U", OWNER, "-n", "public", "-f", str(dump), DATABASE]
    done = subprocess.run(command, env=environment, check=False)
    assert done.returncode == 0
    SERVERS.postgres.query("CHECKPOINT")
    assert found(night.control, dump) and found(night.control, SERVERS.postgres.data / "pg_wal"), "the search works"
    places = [dump, SERVERS.postgres.folder, SERVERS.s3.folder, night.folder / "server", night.folder / "worker"]
    for form in (night.canary, night.canary.encode().hex()):
        assert found(form, *places) == ""


def found(text: str, *places: Path) -> str:
    """The files below these places that hold a text, byte for byte."""
    command = ["grep", "-rlaF", "-e", text, *map(str, places)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout
