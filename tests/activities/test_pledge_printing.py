"""Pledges on paper: what stands on the sheets, whose names are told to the access log, and that text stays text."""

import io

import pytest
from pypdf import PdfReader

from accounts.models import AuditEvent
from activities.pledges.pledges.printing import drawn
from api.ids import uuid7
from tests.activities.pledging import SIGNATURE, household_of, pledged, template_of
from tests.cast import Cast, Person
from tests.client import signed_in

A4 = (595, 842)


def sheets(who: Person, path: str) -> list[str]:
    """The text of each page."""
    answer = signed_in(who).get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf"), answer.content
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages} == {A4}
    return [" ".join(page.extract_text().split()) for page in pages]


def test_a_signed_sheet_says_what_was_agreed_to_and_how_to_verify_it(cast: Cast) -> None:
    odd = 'Không #set text(red) *đậm* $x$ @a <b> \\ "pháo"'
    pledge = pledged(cast, template_of(cast, clauses=["Không ma túy.", odd]), expires_on="2099-12-31")
    [text] = sheets(cast.lan, f"/v1/pledges/{pledge}/sheet")
    hash = signed_in(cast.lan).get(f"/v1/pledges/{pledge}").json()["content_hash"]
    parts = ["BẢN CAM KẾT", "Xuân bình yên", "Không ma túy.", "Trần Văn Hải", "Bảo", "31/12/2099"]
    for part in (*parts, hash[:32], hash[32:]):
        assert part in text, part
    assert " ".join(odd.split()) in text
    assert [each.details["what"] for each in AuditEvent.objects.filter(name="pledges.viewed")] == ["sheet", "item"]


def test_a_hamlet_gets_a_form_for_each_resident_household_by_number(cast: Cast) -> None:
    template = template_of(cast)
    for number, name, more in (
        ("12", "Lê Thị Hoa", {}), ("7", "Võ Văn Ơn", {}),
        ("8", "Đã Đi", {"residence_status": "moved_away", "resident_until": "2026-01-01"}),
    ):  # fmt: skip
        household_of(cast, house_number=number, householder=name, **more)
    path = f"/v1/pledge_templates/{template}/forms"
    first, second = sheets(cast.lan, f"{path}?area={cast.hamlets[0]}")
    assert "Lê Thị Hoa" in first and "Võ Văn Ơn" in second and "Thôn Thái An" in first
    [event] = AuditEvent.objects.filter(name="households.viewed")
    assert (event.details["what"], event.details["count"]) == ("forms", 2)
    [blank] = sheets(cast.hoa, path)
    assert "Không mua bán" in blank and "Lê" not in blank
    assert signed_in(cast.hoa).get(f"{path}?area={cast.hamlets[0]}").status_code == 403
    assert signed_in(cast.minh).get(f"{path}?area={cast.hamlets[1]}").json()["code"] == "no_households"


def test_what_cannot_be_printed_is_said_so(cast: Cast) -> None:
    waiting = pledged(cast, uuid7())
    unsigned = pledged(cast, template_of(cast), status="absent", signed_on=None, signature=None)
    expected = {waiting: "template_unknown", unsigned: "pledge_not_signed"}
    codes = {id: signed_in(cast.lan).get(f"/v1/pledges/{id}/sheet").json()["code"] for id in expected}
    assert codes == expected
    assert signed_in(cast.linh).get(f"/v1/pledges/{waiting}/sheet").status_code == 404


def test_strokes_become_lines_in_widths_of_the_box() -> None:
    lines = drawn(SIGNATURE)
    assert lines["height"] == pytest.approx(0.4)
    assert lines["lines"][0][0] == [80 / 600, 120 / 600]
    assert lines["lines"][0][-1] == [160 / 600, 110 / 600]
    assert len(lines["lines"][1]) == 1


def test_strokes_far_outside_of_the_box_spoil_no_sheet(cast: Cast) -> None:
    away = {"t_ms": 0, "dx": [10_000] * 1000, "dy": [-10_000] * 1000, "dt_ms": [1] * 1000}
    signature = {"width": 1, "height": 10_000, "strokes": [away] * 4}
    [text] = sheets(cast.lan, f"/v1/pledges/{pledged(cast, template_of(cast), signature=signature)}/sheet")
    assert "Không đốt pháo nổ" in text
