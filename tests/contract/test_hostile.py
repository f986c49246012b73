"""A walk over every route with what nobody sends by mistake: nothing crashes, nothing takes long.

As Sơn, whom every route lets in, so that what comes is looked at and not turned away at the door; in one process, so
that a second is long.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.imports.reading import CSV, XLSX
from accounts.imports.states import CHECK
from accounts.models import Import, User
from accounts.tokens import access_token
from api.jobs import run_due
from tests.browser import browser
from tests.cast import PASSWORD, raise_cast
from tests.client import document, operation_of, signed_in
from tests.contract import imports, site
from tests.contract.test_access import ROUTES, ask, body_of
from tests.contract.world import World, make_world, undone

SLOW_S = 1.0
LONG = "ạ" * 100_000
HOSTILE: tuple[Any, ...] = (
    None,
    -1,
    2**63 - 1,
    "",
    "x\u202e\u200b\ufeff'; DROP TABLE user_account; --",
    "=HYPERLINK(1)<script>alert(1)</script>#(7*7)",
    "../../etc/passwd\r\nSet-Cookie: x=1",
    "9999-12-31T23:59:59.999Z",
    "00000000-0000-0000-0000-000000000000",
    LONG,
    ["x"] * 1000,
    {"$ne": None},
)
RAW = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"[" * 40 + b"]" * 40,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"\\u0000": "\\u0000"}',
    b'{"full_name": "\\ud800"}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b'{"id": NaN}',
    b"\xff\xfe" + "{}".encode("utf-16-le"),
    b'{"a":1,"a":2}',
    b"a=1&b=2",
)
QUERIES = ("%ff", "%00", "\ud83d", "0001-01-01")


@pytest.fixture
def world(db: None, s3: object) -> World:
    return make_world()


@pytest.fixture
def client(world: World) -> Client:
    """Sơn's, which leaves the document aside: what of it holds, tests.contract.test_schemathesis tries."""
    son = world.cast.son
    token = access_token(user_id=son.user_id, session_id=son.session_id)
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})


def walk(world: World, name: str, work: Any) -> Any:
    """One request, undone: neither a crash nor a long wait. What took long may do so once, on a busy machine."""
    took = []
    while len(took) < 3 and (not took or took[-1] >= SLOW_S):
        with undone():
            if "import" in name:
                imports.made(world)
            began = time.perf_counter()
            answer = work()
            took.append(time.perf_counter() - began)
    assert answer.status_code < 500, f"{name}: {answer.status_code} {answer.content[:300]!r}"
    assert min(took) < SLOW_S, f"{name}: {took}"
    for value in answer.headers.values():
        assert "\n" not in value and "\r" not in value, name
    return answer


def addressed(world: World, path: str, record_id: Any = None) -> str:
    filled = path.replace("{kind}", "people").replace("{name}", "page.css").replace("{code}", "gone")
    if "/imports/" in path:
        filled = filled.replace("{id}", str(record_id or imports.made(world)))
    return world.address(filled.replace("{tag}", "sync"), record_id)


WRITES = [route for route in ROUTES if not route.startswith("GET") and "/admin" not in route]
READS = [route for route in ROUTES if route.startswith(("GET /v1", "GET /admin")) and "{name}" not in route]
READS.remove("GET /admin/{rest}")
FORMS = [route for route in ROUTES if route.startswith("POST /admin")]


def bodies_of(route: str, world: World) -> Iterator[tuple[str, bytes]]:
    """A sound body, in which each field of its shape is in turn what it mustn't be."""
    verb, path = route.split()
    yield "unknown", b'{"nobody_knows": 1}'
    for raw in RAW:
        yield repr(raw[:30]), raw
    sound = body_of(world, verb, path, None)
    operation = operation_of(verb, addressed(world, path)) or {}
    for media in list(operation.get("requestBody", {}).get("content", {}).values())[:1]:
        reference = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
        shape = document()["components"]["schemas"].get(reference, {})
        for name in shape.get("properties", {}):
            for bad in HOSTILE:
                told = (sound if isinstance(sound, dict) else {}) | {name: bad}
                yield f"{name}={str(bad)[:40]}", json.dumps(told).encode()


@pytest.mark.parametrize("part", range(4))
def test_no_body_crashes_a_route(world: World, client: Client, part: int) -> None:
    for route in WRITES[part::4]:
        verb, path = route.split()
        media = "application/merge-patch+json" if verb == "PATCH" else "application/json"
        headers = {"If-Match": "*"} if verb != "POST" else {}
        address = addressed(world, path)
        for name, raw in bodies_of(route, world):
            work = partial(client.generic, verb, address, raw, content_type=media, headers=headers)
            walk(world, f"{route} {name}", work)


def test_no_query_crashes_a_route(world: World, client: Client) -> None:
    page = browser(world.cast.son)
    for route in READS:
        _, path = route.split()
        on_site = path.startswith("/admin")
        address = site.address(world, path) if on_site else addressed(world, path)
        known = () if on_site else (operation_of("GET", address) or {}).get("parameters", ())
        names = [each["name"] for each in known if each["in"] == "query"]
        if on_site:
            names = ["team", "after"] if "{" in path else ["q", "area", "cursor", "since"]
        for name in [*names, "unknown"]:
            for bad in QUERIES[:1] if name == "unknown" else QUERIES[1:] if on_site else QUERIES:
                query = f"{address}?{name}={quote(bad, safe='%', errors='surrogatepass')}"
                answer = walk(world, f"{route} {name}={bad[:20]!r}", partial((page if on_site else client).get, query))
                assert on_site or name != "unknown" or answer.status_code == 400, route


def test_no_id_crashes_a_route(world: World, client: Client) -> None:
    for route in ROUTES:
        verb, path = route.split()
        if "{id}" not in path:
            continue
        for bad in ("x", "0" * 36, "%00", "../me", "\u0661" * 36, "ffffffff-ffff-ffff-ffff-ffffffffffff"):
            address = path.replace("{id}", quote(bad, safe="%"))
            work = partial(client.generic, verb, address, b"{}", content_type="application/json")
            assert walk(world, f"{route} {bad}", work).status_code >= 400, route


def test_no_form_crashes_the_site(world: World) -> None:
    client = browser(world.cast.son)
    values = ("", "<script>alert(1)</script>", "\x00", "ạ" * 5000, "a\r\nb", "//evil.example/\U0001f600")
    for route in FORMS:
        _, path = route.split()
        address, sound = site.address(world, path), site.form(world, path)
        plain = {name: value for name, value in sound.items() if not hasattr(value, "read")}
        for name in [*plain, "next", "nobody_knows"]:
            for bad in values:
                work = partial(client.post, address, plain | {name: bad})
                answer = walk(world, f"{route} {name}={bad[:20]!r}", work)
                assert b"<script>alert(1)" not in answer.content, route
                assert not answer.headers.get("Location", "/").startswith(("//", "http")), route


def junk() -> Iterator[tuple[str, bytes]]:
    """Files that are none, or too much of one."""
    yield "empty", b""
    yield "one byte", b"\xff"
    yield "no zip", b"PK\x03\x04" + b"\x00" * 100
    yield "NULs", b"\x00" * 1000
    yield "utf-16", "Họ và tên\n".encode("utf-16")
    yield "lone quotes", b'"' * 99_999
    yield "one long line", b"," * 200_000
    yield "a long cell", "Số điện thoại\n".encode() + b"9" * 500_000
    for name, member, content in (
        ("bomb", "xl/worksheets/sheet1.xml", b"0" * 60_000_000),
        ("no workbook", "x.xml", b"x"),
        ("entities", "xl/workbook.xml", _ENTITIES),
        ("a way out", "../../../tmp/x", b"x"),
    ):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, content)
        yield name, packed.getvalue()


_ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "' + b"&a;" * 1000 + b'">]><workbook>&b;</workbook>'


def test_no_file_crashes_an_import(world: World, client: Client) -> None:
    address = f"/v1/imports?kind=people&area={world.cast.hamlets[0]}"
    for name, content in junk():
        for media in (XLSX, CSV):
            for filename in ("a.csv", "a%0D%0Ab", "ạ" * 3000, "..%2F..%2Fx", "%22%3Bx"):
                work = partial(client.post, f"{address}&filename={filename}", content, content_type=media)
                walk(world, f"{name} as {media}", work)
    for media in ("multipart/form-data; boundary=x", "application/json", "text/html", "x" * 500, ""):
        answer = walk(world, media, partial(client.generic, "POST", address, b"--x\r\n", content_type=media))
        assert answer.status_code in (400, 415), media


def test_what_is_no_sheet_ends_as_a_failed_import(clean_db: None) -> None:
    """The check itself, as the worker makes it: every file has an end, in words."""
    cast = raise_cast()
    client = signed_in(cast.son)
    for name, content in junk():
        if content:
            media = XLSX if content.startswith(b"PK") else CSV
            answer = client.post(f"/v1/imports?kind=people&area={cast.hamlets[0]}", content, content_type=media)
            assert answer.status_code in (201, 400, 413, 422), name
    run_due(CHECK)
    for found in Import.objects.all():
        assert found.status in ("failed", "faulty") or not any(found.counts.values()), (found.status, found.counts)


def test_no_line_of_the_log_names_anybody(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever is asked, by whomever: neither numbers, names, codes nor words that were searched for."""
    cast, name = world.cast, "Nguyễn Thị Chim Hoàng Yến"
    User.objects.filter(id=cast.lan.user_id).update(full_name=name, name_fold="nguyen thi chim hoang yen")
    secrets = (name, cast.lan.phone, cast.lan.phone[3:], "chim", PASSWORD, "0000-0000-0000", "0987000111", "eyJ")
    capfd.readouterr()
    for route in ROUTES:
        with undone():
            ask(world, route, cast.son)
    client = signed_in(cast.son)
    for query in ({"q": "chim hoang"}, {"q": cast.lan.phone}, {"unknown": name}, {"cursor": name}):
        client.get("/v1/users", query)
        browser(cast.son).get("/admin/people/", query)
    written = capfd.readouterr().err
    assert written.count('"event":"request"') > len(ROUTES) / 2
    for secret in secrets:
        assert secret not in written, secret
