"""What every view inherits: order of checks, problems for everything, headers, compression, logs."""

import gzip
import json
import logging
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from api.health import CHECKS
from api.logs import JsonFormatter
from api.problems import PROBLEMS

pytestmark = [pytest.mark.urls("tests.api.wire"), pytest.mark.django_db]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def post(client: Client, path: str, raw: bytes, content_type: str = "application/json", **headers: str) -> HttpResponse:
    return client.generic("POST", path, raw, content_type=content_type, headers=headers)


def problem(response: HttpResponse, code: str) -> dict[str, Any]:
    """The body of an answer that must be this problem, with everything that a problem has."""
    assert response.headers["Content-Type"] == "application/problem+json"
    told = json.loads(response.content)
    assert told["code"] == code
    assert (response.status_code, told["status"]) == (PROBLEMS[code].status,) * 2
    assert told["type"] == f"/problems/{code}"
    assert told["request_id"] == response.headers["X-Request-Id"]
    assert {"title", "detail", "errors"} <= told.keys()
    return told


def test_every_answer_has_an_id_of_our_own_making(client: Client) -> None:
    response = client.get("/v1/echo", headers={"X-Request-Id": "mine"})
    assert uuid.UUID(response.headers["X-Request-Id"]).version == 7
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


def test_an_unknown_route_is_a_problem(client: Client) -> None:
    problem(client.get("/nothing/here"), "not_found")
    problem(client.get("/v1/echo/"), "not_found")
    problem(client.get("/v1/echo%00"), "not_found")


def test_problems_speak_the_language_asked_for(client: Client) -> None:
    vietnamese, english = client.get("/x"), client.get("/x", headers={"Accept-Language": "en"})
    assert problem(vietnamese, "not_found")["title"] == "Không tìm thấy"
    assert problem(english, "not_found")["title"] == "Not found"
    assert english.headers["Content-Language"] == "en"
    assert "Accept-Language" in english.headers["Vary"]


def test_a_foreign_host_is_refused(client: Client) -> None:
    problem(client.get("/v1/echo", headers={"Host": "evil.example"}), "bad_request")


def test_a_wrong_method_names_the_right_ones(client: Client) -> None:
    response = client.delete("/v1/echo")
    problem(response, "method_not_allowed")
    assert response.headers["Allow"] == "GET, POST, PATCH, HEAD, OPTIONS"
    problem(client.generic("BREW", "/v1/echo"), "method_not_allowed")
    problem(client.generic("DISPATCH", "/v1/echo"), "method_not_allowed")


def test_options_tells_methods_and_nothing_else(client: Client) -> None:
    response = client.options("/v1/mine")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_head_is_get_without_a_body(client: Client) -> None:
    get, head = client.get("/v1/echo"), client.head("/v1/echo")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_an_unknown_parameter_is_a_mistake(client: Client) -> None:
    told = problem(client.get("/v1/echo?limt=3", headers={"Accept-Language": "en"}), "unknown_parameter")
    assert "limt" in told["detail"]
    problem(client.post("/v1/echo?limit=3"), "unknown_parameter")


@pytest.mark.parametrize("query", ["limit=x", "limit=0", "limit=1&limit=2", "q=%00"])
def test_a_wrong_parameter_is_named(client: Client, query: str) -> None:
    told = problem(client.get(f"/v1/echo?{query}"), "parameter_invalid")
    assert f"“{query.split('=', maxsplit=1)[0]}”" in told["detail"]


def test_only_json_is_answered(client: Client) -> None:
    problem(client.get("/v1/echo", headers={"Accept": "text/html"}), "not_acceptable")
    assert client.get("/v1/echo", headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "body_invalid"),
        (b"[" * 100_000 + b"]" * 100_000, "body_too_deep"),
        (b'{"a": "\\u0000"}', "text_invalid"),
        (b'{"a": "\\ud800"}', "text_invalid"),
        (b"99999999999999999999", "integer_too_large"),
        (b'"' + b"x" * (1 << 20) + b'"', "body_too_large"),
    ],
    ids=["not JSON", "deep", "NUL", "surrogate", "integer", "large"],
)
def test_a_body_that_cannot_be_stored_is_refused(client: Client, raw: bytes, code: str) -> None:
    problem(post(client, "/v1/echo", raw), code)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/json; charset=latin-1",
        "nonsense",
    ],
)
def test_another_media_type_is_refused(client: Client, content_type: str) -> None:
    problem(post(client, "/v1/echo", b'{"a": 1}', content_type), "unsupported_media_type")


def test_json_in_utf_8_is_taken(client: Client) -> None:
    assert json.loads(post(client, "/v1/echo", b'{"a": 1}', 'application/json; charset="UTF-8"').content) == {
        "data": {"a": 1}
    }


def test_merge_patch_is_for_patch_alone(client: Client) -> None:
    patch = client.generic("PATCH", "/v1/echo", b'{"a": null}', content_type="application/merge-patch+json")
    assert json.loads(patch.content) == {"data": {"a": None}}
    problem(post(client, "/v1/echo", b"{}", "application/merge-patch+json"), "unsupported_media_type")


def test_no_body_is_an_empty_object(client: Client) -> None:
    assert json.loads(client.generic("POST", "/v1/echo").content) == {"data": {}}


def test_a_gzip_body_is_inflated(client: Client) -> None:
    response = post(client, "/v1/echo", gzip.compress(b'{"a": 1}'), **{"Content-Encoding": "gzip"})
    assert json.loads(response.content) == {"data": {"a": 1}}


PLAIN = b'{"a": "' + b"x" * 1000 + b'"}'
ZIPPED = gzip.compress(PLAIN)


@pytest.mark.parametrize(
    "raw",
    [
        ZIPPED[:-1],
        ZIPPED[:-8],
        ZIPPED[:20],
        ZIPPED + b"x",
        ZIPPED + ZIPPED,
        ZIPPED[:-8] + b"\0" * 8,
        PLAIN,
        b"\x1f\x8b",
    ],
    ids=["cut by one", "no trailer", "cut early", "more after it", "two members", "wrong trailer", "not gzip", "magic"],
)
def test_a_gzip_body_is_one_whole_member(client: Client, raw: bytes) -> None:
    problem(post(client, "/v1/echo", raw, **{"Content-Encoding": "gzip"}), "body_truncated")


def test_inflating_stops_at_the_limit(client: Client) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    problem(post(client, "/v1/echo", bomb, **{"Content-Encoding": "gzip"}), "body_too_large")


def test_another_encoding_is_refused(client: Client) -> None:
    response = post(client, "/v1/echo", b"{}", **{"Content-Encoding": "br"})
    problem(response, "unsupported_media_type")
    assert response.headers["Accept-Encoding"] == "gzip"


def test_all_mistakes_come_at_once(client: Client) -> None:
    told = problem(post(client, "/v1/crash", b"{}"), "invalid")
    assert [(error["pointer"], error["code"]) for error in told["errors"]] == [
        ("/phone", "too_long"),
        ("/name", "blank"),
    ]


def test_one_bad_mutation_is_set_aside_by_the_parser(client: Client) -> None:
    raw = b'{"mutations": [{"id": "a", "data": {"x": "\\u0000"}}, {"id": "b"}]}'
    assert json.loads(post(client, "/v1/push", raw).content) == {
        "body": {"mutations": [{"id": "a"}, {"id": "b"}]},
        "problems": {"0": "text_invalid"},
    }


def test_a_crash_is_a_problem_and_its_log_holds_no_personal_data(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/v1/crash")
    told = problem(response, "internal")
    record = next(record for record in caplog.records if record.name == "anthon.crash")
    line = json.loads(JsonFormatter().format(record))
    assert line["request_id"] == told["request_id"]
    assert line["error"][0]["type"] == "builtins.RuntimeError"
    assert any("wire.py" in frame for frame in line["error"][0]["stack"])
    assert "912345678" not in json.dumps(line) + response.content.decode()
    assert "Lan" not in json.dumps(line)


def test_one_line_a_request_says_what_happened_but_not_to_whom(
    client: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO, "anthon.request"):
        response = client.get("/v1/echo?q=0912345678", headers={"Authorization": "Name lan"})
    [line] = [json.loads(text) for text in capfd.readouterr().err.splitlines() if "anthon.request" in text]
    assert line.pop("at").endswith("Z")
    assert line.pop("ms") >= 0
    assert line == {
        "level": "info",
        "logger": "anthon.request",
        "event": "request",
        "method": "GET",
        "route": "v1/echo",
        "status": 200,
        "bytes_out": len(response.content),
        "request_id": response.headers["X-Request-Id"],
    }


def test_nobody_is_401_and_a_bad_token_too(client: Client) -> None:
    nobody = client.get("/v1/mine")
    problem(nobody, "unauthenticated")
    assert nobody.headers["WWW-Authenticate"] == 'Bearer realm="anthon"'
    problem(client.get("/v1/mine", headers={"Authorization": "Name eve"}), "token_invalid")
    assert client.get("/v1/mine", headers={"Authorization": "Name lan"}).status_code == 200


def test_a_large_answer_is_compressed_for_those_who_take_it(client: Client) -> None:
    plain, zipped = client.get("/v1/large"), client.get("/v1/large", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == plain.content
    assert int(zipped.headers["Content-Length"]) == len(zipped.content) < len(plain.content) / 10
    assert "Accept-Encoding" in zipped.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_a_small_answer_is_not(client: Client) -> None:
    assert "Content-Encoding" not in client.get("/v1/echo", headers={"Accept-Encoding": "gzip"}).headers


def test_each_form_of_an_answer_has_its_own_strong_tag_and_either_is_known_again(client: Client) -> None:
    plain, zipped = client.get("/v1/large"), client.get("/v1/large", headers={"Accept-Encoding": "gzip"})
    assert (plain.headers["ETag"], zipped.headers["ETag"]) == ('"7"', '"7-gzip"')
    for tag in ('"7"', '"7-gzip"', '"6", "7"'):
        again = client.get("/v1/large", headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] in tag
        changed = client.put("/v1/large", headers={"If-Match": tag})
        assert changed.status_code == 200
    assert client.get("/v1/large", headers={"If-None-Match": '"6"'}).status_code == 200


def test_a_change_names_the_version_that_it_changes(client: Client) -> None:
    problem(client.put("/v1/large"), "precondition_required")
    for stale in ('"6"', 'W/"7"', "7", ""):
        response = client.put("/v1/large", headers={"If-Match": stale})
        assert problem(response, "precondition_failed")["current"] == {"version": 7}
        assert response.headers["ETag"] == '"7"'
    assert client.put("/v1/large", headers={"If-Match": "*"}).status_code == 200


def test_meta_tells_limits_and_labels(client: Client) -> None:
    told = json.loads(client.get("/v1/meta").content)
    assert told["limits"]["body_bytes"] == 1 << 20
    assert {"push_mutations", "pull_changes", "pull_bytes", "track_points"} <= told["limits"].keys()
    assert told["api_level"] >= 1
    assert all({"value", "vi", "en"} == value.keys() for values in told["enums"].values() for value in values)


def test_the_process_is_up_and_ready(client: Client, s3: object) -> None:
    assert json.loads(client.get("/healthz").content) == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


def test_not_ready_says_what_is_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("no route to 10.0.0.3")

    monkeypatch.setitem(CHECKS, "storage", broken)
    response = client.get("/readyz")
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["failed"]) == ("degraded", ["storage"])

    monkeypatch.setitem(CHECKS, "database", broken)
    response = client.get("/readyz")
    assert problem(response, "unavailable")["failed"] == ["database", "storage"]
    assert int(response.headers["Retry-After"]) >= 1
    assert b"10.0.0.3" not in response.content
