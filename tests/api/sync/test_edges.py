"""Bodies and parameters that hardly anybody sends."""

import pytest

from tests.cast import Cast, raise_cast
from tests.client import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return raise_cast()


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{}"])
def test_a_push_without_an_envelope_is_refused(cast: Cast, body: bytes) -> None:
    response = signed_in(cast.lan).post("/v1/sync/push", body, content_type="application/json")
    assert response.status_code in (400, 422), response.content


@pytest.mark.parametrize("day", ["2026-W01-1", "20260101xx", "2026-1-1", "01/01/2026", "2026-02-30"])
def test_a_day_is_written_in_one_way(cast: Cast, day: str) -> None:
    response = signed_in(cast.lan).get("/v1/patrols", {"since": day})
    assert response.status_code == 400 and response.json()["code"] == "parameter_invalid"
