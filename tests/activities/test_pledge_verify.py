"""Verification: what is changed in a stored pledge behind the server's back is found, and strangers learn no name."""

import uuid
from typing import Any

import psycopg2
import pytest

from api.ids import uuid7
from tests.activities.pledging import pledged, template_of
from tests.cast import Cast, raise_cast
from tests.client import signed_in
from tests.servers import PostgresAddress

JSON = "application/json"
pytestmark = pytest.mark.usefixtures("clean_db")

SIGNATURE = ["signature", "signature_sha256"]
TAMPERED = {
    "UPDATE pledge_template SET clauses[1] = 'Được phép đốt pháo.'": ["template"],
    "UPDATE pledge_template SET title = 'Khác'": ["template"],
    "UPDATE pledge SET signature = jsonb_set(signature, '{strokes,0,dx,1}', '31')": SIGNATURE,
    "UPDATE pledge SET signature = jsonb_set(signature, '{strokes,0,dt_ms,1}', '999')": [
        "signature",
        "signature_sha256",
    ],
    "UPDATE pledge SET signed_on = signed_on - 1": ["signed_on"],
    "UPDATE pledge SET expires_on = '2099-01-01'": ["expires_on"],
    "UPDATE pledge SET signer_name = 'Người khác'": ["signer", "signer_name"],
    "UPDATE pledge SET signed_household_id = gen_random_uuid()": ["household_id", "signed_household_id", "signer"],
    "UPDATE pledge SET household_id = gen_random_uuid()": ["household_id"],
    "UPDATE pledge SET witness_name = NULL": ["witness_name"],
    "UPDATE pledge SET content_hash = repeat('a', 64)": ["agreed_text", "content_hash"],
    "UPDATE pledge SET agreed_text = replace(agreed_text, 'Bảo', 'Linh')": ["agreed_text", "witness_name"],
    "UPDATE pledge SET agreed_text = NULL": ["agreed_text"],
    "UPDATE pledge SET status = 'withdrawn', withdrawn_on = '2026-11-01'": ["status", "withdrawn_on"],
    "UPDATE pledge SET recorded_at = recorded_at - interval '1 day'": ["recorded_at"],
}
UNDONE = {
    "UPDATE pledge SET withdrawn_on = '2099-01-01'": ["withdrawn_on"],
    "UPDATE pledge SET status = 'signed', withdrawn_on = NULL": ["status", "withdrawn_on"],
    "UPDATE pledge SET status = 'expired'": ["status"],
    "UPDATE pledge SET withdrawal_note = 'Khác'": ["withdrawal_note"],
}


@pytest.fixture
def cast() -> Cast:
    return raise_cast()


def verified(pledge: uuid.UUID, query: str = "") -> dict[str, Any]:
    answer = signed_in(None).get(f"/v1/pledges/{pledge}/verify{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_changed_clause_stroke_or_date_is_found(cast: Cast, postgres: PostgresAddress) -> None:
    pledge = pledged(cast, template_of(cast))
    assert (verified(pledge)["state"], verified(pledge)["valid"]) == ("intact", True)
    tamper(cast, postgres, pledge, TAMPERED)


def test_a_withdrawal_that_is_undone_or_dated_anew_is_found(cast: Cast, postgres: PostgresAddress) -> None:
    pledge = pledged(cast, template_of(cast), signed_on="2026-11-20")
    signed_in(cast.lan).post(f"/v1/pledges/{pledge}/withdraw", {"withdrawn_on": "2026-11-21"}, JSON)
    tamper(cast, postgres, pledge, UNDONE)
    with psycopg2.connect(postgres.superuser) as link, link.cursor() as cursor:
        cursor.execute("DELETE FROM revision WHERE record_id = %s AND version = 2", [str(pledge)])
    link.close()
    assert (verified(pledge)["state"], verified(pledge)["valid"]) == ("changed", False)


def tamper(cast: Cast, postgres: PostgresAddress, pledge: uuid.UUID, statements: dict[str, list[str]]) -> None:
    """Each statement is found, by the parts that it changes; put back, the pledge is intact again."""
    link = psycopg2.connect(postgres.superuser)
    link.autocommit = True
    with link.cursor() as cursor:
        for statement, parts in statements.items():
            cursor.execute("CREATE TABLE kept_p AS TABLE pledge; CREATE TABLE kept_t AS TABLE pledge_template")
            cursor.execute(statement)
            told = verified(pledge)
            assert (told["state"], told["valid"]) == ("changed", False), statement
            found = signed_in(cast.bao).get(f"/v1/pledges/{pledge}/agreement").json()
            assert found["changed"] == parts, statement
            cursor.execute(
                "DELETE FROM pledge; INSERT INTO pledge TABLE kept_p; DROP TABLE kept_p;"
                "DELETE FROM pledge_template; INSERT INTO pledge_template TABLE kept_t; DROP TABLE kept_t"
            )
            assert verified(pledge)["state"] == "intact"
    link.close()


def test_the_printed_hash_tells_even_if_all_was_changed_alike(cast: Cast) -> None:
    pledge = pledged(cast, template_of(cast))
    stored = verified(pledge)["content_hash"]
    assert verified(pledge)["hash_matches"] is None
    assert verified(pledge, f"?hash={stored}")["hash_matches"] is True
    assert verified(pledge, f"?hash={'0' * 64}")["hash_matches"] is False
    told = signed_in(None).post(f"/v1/pledges/{pledge}/verify", {"content_hash": stored}, JSON)
    assert (told.status_code, told.json()["hash_matches"]) == (200, True)
    assert signed_in(None).get(f"/v1/pledges/{pledge}/verify?hash=7").json()["code"] == "parameter_invalid"


def test_who_scans_the_sheet_with_a_phone_reads_it_in_words(cast: Cast) -> None:
    template = template_of(cast)
    pledge, over = pledged(cast, template), pledged(cast, template, signed_on="2026-01-01", expires_on="2026-01-31")
    browser = {"headers": {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}}
    for id, query, words in (
        (pledge, "", "Cam kết còn nguyên và còn hiệu lực"),
        (pledge, "?lang=en", "The pledge is as it was signed, and holds"),
        (pledge, f"?hash={'0' * 64}", "Tờ này không khớp với bản đang lưu"),
        (over, "", "Cam kết còn nguyên, nay hết hiệu lực"),
    ):
        answer = signed_in(None).get(f"/v1/pledges/{id}/verify{query}", **browser)
        page = answer.content.decode()
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
        assert words in page and "Xuân bình yên" in page and "Hải" not in page


def test_strangers_learn_nothing_of_who_signed(cast: Cast) -> None:
    home = uuid7()
    pledge = pledged(cast, template_of(cast), household_id=str(home))
    told = signed_in(None).get(f"/v1/pledges/{pledge}/verify").content.decode()
    for secret in ("Hải", "Bảo", "Thái An", str(home), str(cast.hamlets[0]), str(cast.lan.user_id)):
        assert secret not in told
    assert verified(pledge)["template_title"] == "Xuân bình yên"


def test_what_was_not_signed_is_not_there_for_strangers(cast: Cast) -> None:
    template = template_of(cast)
    refused = pledged(cast, template, status="refused", signed_on=None, signature=None)
    for id in (refused, uuid7()):
        answer = signed_in(None).get(f"/v1/pledges/{id}/verify")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert signed_in(cast.bao).get(f"/v1/pledges/{refused}/agreement").json()["code"] == "pledge_not_signed"
    assert signed_in(cast.linh).get(f"/v1/pledges/{refused}/agreement").status_code == 404


def test_what_is_withdrawn_or_over_is_intact_and_holds_no_more(cast: Cast) -> None:
    template = template_of(cast)
    withdrawn = pledged(cast, template)
    signed_in(cast.lan).post(f"/v1/pledges/{withdrawn}/withdraw", {}, JSON)
    over = pledged(cast, template, signed_on="2026-01-01", expires_on="2026-01-31")
    for pledge in (withdrawn, over):
        assert (verified(pledge)["state"], verified(pledge)["valid"]) == ("intact", False)


def test_one_whose_template_is_unknown_waits(cast: Cast) -> None:
    assert verified(pledged(cast, uuid7()))["state"] == "waiting"
