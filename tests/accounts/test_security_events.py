"""What a person is told of the own account, and of nobody else's."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import security_events
from accounts.grants import end_grant
from accounts.issuing import issue_activation_code
from accounts.sessions import end_sessions
from api.ids import uuid7
from tests.accounts.phone import Phone
from tests.cast import PASSWORD, Cast, add_grant
from tests.client import signed_in

pytestmark = pytest.mark.django_db
PATH = "/v1/auth/security_events"


def told(phone: Phone) -> list[dict[str, object]]:
    items: list[dict[str, object]] = phone.get(PATH).body["items"]
    return items


def test_lan_is_told_of_her_sign_ins_and_of_who_tried(cast: Cast, phone: Phone) -> None:
    Phone().sign_in(cast.lan, "không phải mật khẩu này")
    phone.sign_in(cast.lan)
    newest, refused = told(phone)
    assert (newest["name"], newest["own"], newest["device_name"]) == ("session.started", True, "Nokia")
    assert (refused["name"], refused["own"], refused["because"]) == ("session.refused", None, "password")


def test_what_others_do_to_her_account_is_told_with_who_it_was(cast: Cast, phone: Phone) -> None:
    phone.sign_in(cast.lan)
    grant = add_grant(cast.lan, "front_work_head", cast.hamlets[0])
    end_grant(actor=cast.son.actor(), grant_id=grant)
    issue_activation_code(actor=cast.son.actor(), user_id=cast.lan.user_id)
    newest, before = told(phone)[:2]
    assert (newest["name"], newest["own"], newest["by_name"]) == ("activation_code.issued", False, "son")
    assert (before["name"], before["role"], before["by_name"]) == ("grant.ended", "front_work_head", "son")


def test_a_changed_password_and_ended_sessions_are_told(cast: Cast, phone: Phone) -> None:
    other = Phone()
    phone.sign_in(cast.lan)
    other.sign_in(cast.lan)
    phone.post("/v1/auth/password", {"current_password": PASSWORD, "new_password": PASSWORD + " mới"})
    names = [item["name"] for item in told(phone)]
    assert set(names[:2]) == {"user.password_changed", "session.ended"}, "of one moment, in no order"
    end_sessions(user_id=cast.lan.user_id, because="revoked", by_user_id=cast.son.user_id, request_id=uuid7())
    phone.sign_in(cast.lan, PASSWORD + " mới")
    assert {"session.ended": "revoked"}.items() <= {item["name"]: item["because"] for item in told(phone)[:3]}.items()


def test_nobody_is_told_of_anothers_account(cast: Cast) -> None:
    Phone().sign_in(cast.lan)
    for who in (cast.linh, cast.son, cast.khach):
        assert signed_in(who).get(PATH).json() == {"items": [], "next_cursor": None}
    lans = Phone()
    lans.sign_in(cast.lan)
    cursor = lans.get(f"{PATH}?limit=1").body["next_cursor"]
    assert cursor and signed_in(cast.linh).get(PATH, {"cursor": cursor}).status_code == 400


def test_pages_hold_everything_once_in_one_query_each(cast: Cast, phone: Phone) -> None:
    for _ in range(6):
        phone.sign_in(cast.lan)
    whole, found, cursor = [item["id"] for item in told(phone)], [], ""
    while cursor is not None:
        with CaptureQueriesContext(connection) as captured:
            page = phone.get(f"{PATH}?limit=4" + (f"&cursor={cursor}" if cursor else "")).body
        assert len(captured) == 2, "who asks, and the page"
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert found == whole and len(whole) == 11


def test_an_index_leads_to_them(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN " + security_events._ABOUT_ME,
            {"user": cast.lan.user_id, "names": security_events._names(), "at": None, "id": None, "limit": 50},
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "coalesce_at_idx" in plan, plan
