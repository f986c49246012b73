"""Households: who writes them, what is refused, ID numbers, doubles and merging."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from activities.pledges.households.doubles import doubles_page
from activities.pledges.households.id_numbers import read_id_number, set_id_number
from activities.pledges.households.merging import merge_households
from activities.pledges.households.residence import RESIDENT, STANDS_FOR
from activities.pledges.models import Household, IdNumber
from api.ids import uuid7
from api.localtime import now
from api.problems import Problem
from api.sync.store import query, run
from tests.activities.conftest import Send
from tests.cast import Cast, Person
from tests.client import signed_in

NUMBER = "079123456789"


@pytest.fixture
def house(cast: Cast, send: Send) -> Any:
    """`house(who, **fields)`: a household of the first hamlet."""

    def make(who: Person | None = None, **fields: Any) -> uuid.UUID:
        id = uuid7()
        outcome = send(who or cast.lan, "household", id, **fields)
        assert outcome.status == "applied", outcome.problem and outcome.problem.errors
        return id

    return make


def test_lan_registers_a_household_and_it_is_found_without_accents(cast: Cast, house: Any):
    id = house(house_number="12/3 Ngõ Đình", phone="0912 345 678")
    for words in ("ngo dinh", "tran van hai"):
        [found] = signed_in(cast.bao).get("/v1/households", {"q": words, "area": str(cast.communes[0])}).json()["items"]
        assert (found["id"], found["phone"]) == (str(id), "+84912345678")


def test_who_does_not_write_households(cast: Cast, send: Send):
    for who, code in ((cast.dung, "forbidden"), (cast.hoa, "forbidden"), (cast.linh, "not_found")):
        assert send(who, "household", uuid7()).problem.code == code
    assert send(cast.minh, "household", uuid7()).status == "applied"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"residence_status": "moved_away"}, ("/resident_until", "moved_out_missing")),
        ({"resident_from": "2026-05-01", "resident_until": "2026-04-30"}, ("/resident_until", "moved_out_before_in")),
    ],
)
def test_dates_that_cannot_be(cast: Cast, send: Send, fields: dict[str, str], fault: tuple[str, str]):
    outcome = send(cast.lan, "household", uuid7(), **fields)
    assert [(e.pointer, e.code) for e in outcome.problem.errors] == [fault]


def test_a_household_lives_in_a_hamlet(cast: Cast):
    body = {"id": str(uuid7()), "area_id": str(cast.communes[0]), "householder": "Hải", "residence_status": "permanent"}
    answer = signed_in(cast.minh).post("/v1/households", body, content_type="application/json")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/area_id", "not_a_hamlet")]


def residents(cast: Cast, day: str) -> int:
    sql = f"SELECT count(*) FROM household h WHERE h.area_id = %s AND {RESIDENT.format(h='h', day='%s::date')}"
    return query(sql, [cast.hamlets[0], day, day], as_actor=cast.lan.actor())[0][0]


def test_who_is_resident_when(cast: Cast, house: Any):
    house()
    house(resident_from="2026-03-01")
    house(resident_from="2026-03-10", resident_until="2026-04-01", residence_status="moved_away")
    days = ("2026-02-28", "2026-03-01", "2026-03-10", "2026-03-31", "2026-04-01")
    assert [residents(cast, day) for day in days] == [1, 2, 3, 3, 2]


# ID numbers


def test_a_number_is_kept_as_hash_and_last_four_alone(cast: Cast, house: Any):
    id = house()
    path = f"/v1/households/{id}/id_number"
    told = signed_in(cast.bao).put(path, {"number": NUMBER}, content_type="application/json").json()
    assert (told["last_four"], told["set_by_id"]) == ("6789", str(cast.bao.user_id))
    row = IdNumber.objects.raw("SELECT * FROM household_id_number")[0]
    assert row.last_four == "6789" and NUMBER.encode() not in bytes(row.hash)
    assert_nowhere(NUMBER)
    for address in (f"/v1/households/{id}", "/v1/households", "/v1/sync/pull", f"/v1/households/{id}/revisions"):
        assert "6789" not in signed_in(cast.bao).get(address).content.decode()


def assert_nowhere(text: str) -> None:
    """Fails if any text of any table of ours holds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{text}%"])
            assert cursor.fetchone() == (0,), table


def test_members_neither_set_nor_see_numbers_and_the_police_see(cast: Cast, house: Any):
    id = house()
    set_id_number(actor=cast.bao.actor(), household_id=id, number=NUMBER)
    for who in (cast.lan, cast.dung):
        with pytest.raises(Problem, match="forbidden"):
            set_id_number(actor=who.actor(), household_id=id, number=NUMBER)
    with pytest.raises(Problem, match="forbidden"):
        read_id_number(actor=cast.lan.actor(), household_id=id)
    assert read_id_number(actor=cast.dung.actor(), household_id=id)["last_four"] == "6789"


def test_a_look_at_a_number_is_in_the_trail_and_the_same_number_again_is_a_look(cast: Cast, house: Any):
    id = house()
    for _ in range(2):
        set_id_number(actor=cast.bao.actor(), household_id=id, number=NUMBER)
    read_id_number(actor=cast.dung.actor(), household_id=id)
    told = AuditEvent.objects.filter(subject_id=id).exclude(name="household.created").order_by("id")
    names = ["household.id_number_set", "id_number.viewed", "id_number.viewed"]
    assert [event.name for event in told] == names
    assert all(event.details == {} for event in told)


@pytest.mark.parametrize("number", ["07912345678", "0791234567890", "07912345678x", "079 12345678"])
def test_a_wrong_number_is_refused_and_not_repeated(cast: Cast, house: Any, number: str):
    path = f"/v1/households/{house()}/id_number"
    answer = signed_in(cast.bao).put(path, {"number": number}, content_type="application/json")
    assert answer.status_code == 422
    assert number not in answer.content.decode()


# Doubles and merging


def pairs(who: Person, cast: Cast) -> list[tuple[set[str], list[str]]]:
    page, _ = doubles_page(actor=who.actor(), area_id=cast.communes[0], limit=50, cursor=None)
    return [(set(each["reasons"]), each["reasons"]) for each in page["items"]]


def test_likely_doubles_are_found_and_why(cast: Cast, house: Any):
    first = house(house_number="12", householder="Trần Văn Hải", phone="0912345678")
    house(cast.bao, house_number="12", householder="Tran Hai", phone="+84 912 345 678")
    house(house_number="12", householder="Lê Thị Hoa")
    house(house_number="14", householder="Trần Văn Hải")
    assert [reasons for _, reasons in pairs(cast.bao, cast)] == [["house_number", "phone"]]
    third = house(householder="TRẦN VĂN HẢI")
    for id in (first, third):
        set_id_number(actor=cast.bao.actor(), household_id=id, number=NUMBER)
    assert sorted(reasons for _, reasons in pairs(cast.bao, cast)) == [
        ["house_number", "phone"], ["id_number", "name"], ["name"],
    ]  # fmt: skip
    # Of ID numbers members aren't told.
    assert sorted(reasons for _, reasons in pairs(cast.lan, cast)) == [["house_number", "phone"], ["name"], ["name"]]


def test_a_guessed_number_on_a_made_up_household_finds_nobody_and_guessing_soon_ends(cast: Cast, house: Any):
    known, made_up = house(house_number="12"), house(householder="Ai Đó", house_number="99")
    for id in (known, made_up):
        set_id_number(actor=cast.bao.actor(), household_id=id, number=NUMBER)
    assert pairs(cast.bao, cast) == []
    for guess in range(18):
        set_id_number(actor=cast.bao.actor(), household_id=made_up, number=f"0791{guess:08}")
    path = f"/v1/households/{made_up}/id_number"
    refused = signed_in(cast.bao).put(path, {"number": NUMBER}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_id_numbers")
    assert int(refused.headers["Retry-After"]) >= 595
    assert read_id_number(actor=cast.bao.actor(), household_id=made_up)["last_four"] == "0017"
    assert set_id_number(actor=cast.minh.actor(), household_id=made_up, number=NUMBER)["last_four"] == "6789"


def test_the_same_number_again_is_no_guess(cast: Cast, house: Any):
    id = house()
    for _ in range(25):
        set_id_number(actor=cast.bao.actor(), household_id=id, number=NUMBER)


def test_what_a_whole_block_shares_says_nothing(cast: Cast, house: Any):
    first = house(house_number="CT1", householder="Trần Văn Hải", phone="0912345678")
    shared = {"area_id": cast.hamlets[0], "householder": "x", "residence_status": "permanent", "householder_fold": "x"}
    at = dict.fromkeys(("recorded_at", "occurred_at", "received_at"), now())
    houses = [Household(house_fold="ct1", phone="+84912345678", **shared, **at) for _ in range(50)]
    run([cast.bao.actor().row_security()])
    Household.objects.bulk_create(houses[:3])
    assert {tuple(reasons) for _, reasons in pairs(cast.bao, cast)} == {("phone",), ("house_number", "phone")}
    Household.objects.bulk_create(houses[3:])
    assert pairs(cast.bao, cast) == [] and first


def test_who_moved_out_before_the_others_came_is_no_double(cast: Cast, house: Any):
    house(house_number="12", resident_until="2026-03-01")
    house(house_number="12", resident_from="2026-03-01")
    assert pairs(cast.bao, cast) == []


def test_doubles_come_in_pages_of_one_query(cast: Cast, house: Any):
    def queries() -> int:
        actor = cast.bao.actor()
        with CaptureQueriesContext(
            connection,
        ) as caught:
            doubles_page(actor=actor, area_id=cast.communes[0], limit=2, cursor=None)
        return len(caught)

    house(phone="0912345678", house_number="1")
    house(phone="0912345678", house_number="2")
    few = queries()
    for number in range(3, 6):
        house(phone="0912345678", house_number=str(number))
    assert queries() == few == 1
    seen, cursor = [], ""
    while cursor is not None:
        query = {"area": str(cast.hamlets[0]), "limit": 4} | ({"cursor": cursor} if cursor else {})
        page = signed_in(cast.lan).get("/v1/households/doubles", query).json()
        seen += [tuple(each["id"] for each in item["households"]) for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 10


def merge(who: Person, id: uuid.UUID, other: uuid.UUID, *take: str) -> Any:
    return merge_households(actor=who.actor(), household_id=id, other_id=other, take=take)


def test_merging_takes_what_was_chosen_and_deletes_the_other_for_phones(cast: Cast, house: Any, send: Send):
    stays, goes = house(house_number="12"), house(house_number="12 bis", phone="0912345678", size=5)
    set_id_number(actor=cast.bao.actor(), household_id=goes, number=NUMBER)
    merged = merge(cast.bao, stays, goes, "phone", "size")
    assert (merged["house_number"], merged["phone"], merged["size"]) == ("12", "+84912345678", 5)
    assert merge(cast.bao, stays, goes, "phone") == merged
    assert read_id_number(actor=cast.bao.actor(), household_id=stays)["last_four"] == "6789"
    changes = {each["id"]: each["op"] for each in signed_in(cast.lan).get("/v1/sync/pull").json()["changes"]}
    assert changes[str(stays)] == "put" and changes.get(str(goes)) in (None, "delete")
    assert send(cast.lan, "household", goes, "patch", base=1, size=3).status == "gone"
    assert AuditEvent.objects.get(name="household.merged").details == {"merged_id": str(goes)}
    assert residents(cast, "2026-11-22") == 1


def test_chains_of_merges_lead_to_the_last_in_one_step(cast: Cast, house: Any):
    first, second, third = house(), house(), house()
    merge(cast.bao, second, first)
    merge(cast.minh, third, second)
    stands = f"SELECT {STANDS_FOR.format(id='u.id')} FROM unnest(%s::uuid[]) u(id)"
    assert {row[0] for row in query(stands, [[first, second, third]], as_actor=cast.lan.actor())} == {third}
    with pytest.raises(Problem, match="merged_elsewhere"):
        merge(cast.bao, house(), first)


def test_who_may_not_merge(cast: Cast, house: Any, send: Send):
    stays, goes = house(), house()
    for who, code in ((cast.lan, "forbidden"), (cast.dung, "forbidden"), (cast.linh, "not_found")):
        with pytest.raises(Problem, match=code):
            merge(who, stays, goes)
    with pytest.raises(Problem, match="invalid"):
        merge(cast.bao, stays, stays)
    with pytest.raises(Problem, match="not_found"):
        merge(cast.bao, stays, uuid7())
    assert Household.objects.raw("SELECT 1 AS id FROM household WHERE deleted_at IS NOT NULL").__len__() == 0
