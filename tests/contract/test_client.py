"""The client that checks answers is itself checked: what the document doesn't name, it refuses."""

import json

import pytest
from django.http import HttpResponse

from tests.client import check

HEADERS = {"X-Request-Id": "0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a00"}
PROBLEM = {"type": "/problems/not_found", "title": "…", "status": 404, "detail": "…", "code": "not_found", "errors": [],
           "request_id": HEADERS["X-Request-Id"]}  # fmt: skip
PATROL = "/v1/patrols/0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a01"


def answer(body: object, status: int = 200, media_type: str = "application/json", **headers: str) -> HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(json.dumps(body), status=status, content_type=media_type, headers=HEADERS | named)


def test_what_the_document_names_passes() -> None:
    check("GET", "/v1/patrols", answer({"items": [], "next_cursor": None}))
    check("GET", PATROL, answer(PROBLEM, 404, "application/problem+json"))
    check("GET", "/v1/nowhere", answer(PROBLEM, 404, "application/problem+json"))


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/v1/patrols", answer({"items": []})),
        ("/v1/patrols", answer({"items": [], "next_cursor": 7})),
        ("/v1/patrols", answer({"items": [], "next_cursor": None, "total": 0})),
        ("/v1/patrols", answer({"items": [{"id": "7"}], "next_cursor": None})),
        ("/v1/patrols", answer({"items": [], "next_cursor": None}, 202)),
        ("/v1/patrols", answer({"items": [], "next_cursor": None}, media_type="application/hal+json")),
        ("/v1/patrols", answer({"items": [], "next_cursor": None}, ETag='"7"')),
        ("/v1/nowhere", answer({"items": [], "next_cursor": None})),
        (PATROL, answer(PROBLEM, 404)),
        (PATROL, answer(PROBLEM | {"status": 403}, 404, "application/problem+json")),
        (PATROL, answer(PROBLEM | {"hint": "Lan"}, 404, "application/problem+json")),
        (PATROL, answer(PROBLEM | {"status": 500}, 500, "application/problem+json")),
    ],
)
def test_anything_else_fails(path: str, given: HttpResponse) -> None:
    with pytest.raises(AssertionError):
        check("GET", path, given)
