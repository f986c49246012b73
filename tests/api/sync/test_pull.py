"""Pull: what a phone is told, sentence by sentence."""

import pytest
from django.db import connection

from accounts.models import Grant, Membership
from api.localtime import now
from api.sync.models import Stream
from tests.api.sync.talk import at, client, delete, drain, lamp, lamps, light, one, patch, pull, push, put, read
from tests.cast import Cast, add_grant, add_member

pytestmark = pytest.mark.django_db


class TestPages:
    def test_a_record_that_changed_ten_times_comes_once_as_it_is_now(self, cast: Cast) -> None:
        [lamp_id] = light(cast)
        for n in range(10):
            one(cast.lan, patch(lamp_id, {"watt": n + 1}, n + 1))
        [change] = [c for c in drain(cast.bao)[0] if c["id"] == lamp_id]
        assert (change["op"], change["version"], change["data"]["watt"]) == ("put", 11, 10)
        assert change["data"] == read(cast.bao, lamp_id)

    @pytest.mark.parametrize(
        "parameters", [{"limit": 1}, {"limit": 3}, {"max_bytes": 1024}, {"limit": 2, "max_bytes": 1500}]
    )
    def test_small_pages_over_several_hamlets_bring_everything_once_in_order(
        self, cast: Cast, parameters: dict[str, int]
    ) -> None:
        add_grant(cast.minh, "front_officer", cast.communes[1])
        expected = light(cast, 0, 5) + light(cast, 2, 4)
        seen, _ = drain(cast.minh, **parameters)
        assert lamps(seen) == expected
        page = pull(cast.minh, **parameters)
        assert page["has_more"] and 1 <= len(page["changes"]) <= parameters.get("limit", 99)

    def test_what_happens_between_two_pages_is_not_missed(self, cast: Cast) -> None:
        first, second, third = light(cast, 0, 3)
        page = pull(cast.bao, limit=1)
        one(cast.lan, patch(first, {"watt": 5}, 1))
        one(cast.lan, delete(third, 1))
        rest, _ = drain(cast.bao, page["cursor"], limit=1)
        assert [(c["id"], c["op"], c["version"]) for c in rest] == [
            (second, "put", 1), (first, "put", 2), (third, "delete", 2),
        ]  # fmt: skip

    def test_what_is_deleted_comes_as_delete_without_data(self, cast: Cast) -> None:
        [lamp_id] = light(cast)
        _, cursor = drain(cast.bao)
        one(cast.lan, delete(lamp_id, 1))
        [change] = pull(cast.bao, cursor)["changes"]
        assert change == {"type": "lamp", "id": lamp_id, "area_id": at(cast), "version": 2, "op": "delete"}

    def test_a_phone_learns_that_what_it_pushed_first_of_all_is_deleted(self, cast: Cast) -> None:
        empty = pull(cast.lan)
        [lamp_id] = light(cast)
        one(cast.bao, delete(lamp_id, 1))
        assert [(c["id"], c["op"]) for c in pull(cast.lan, empty["cursor"])["changes"]] == [(lamp_id, "delete")]

    def test_only_the_types_asked_for_come(self, cast: Cast) -> None:
        light(cast)
        assert pull(cast.bao, types="patrol,observation")["changes"] == []
        assert len(pull(cast.bao, types="lamp")["changes"]) == 1
        for types in ("hologram", "", "lamp,hologram"):
            response = client(cast.bao).get("/v1/sync/pull", {"types": types})
            assert (response.status_code, response.json()["code"]) == (400, "parameter_invalid")

    def test_one_area_can_be_pulled_alone_without_forgetting_the_others(self, cast: Cast) -> None:
        add_member(cast.lan, cast.hamlets[1], cast.teams[1], "member")
        light(cast, 0, 2)
        there = [m["id"] for m in (put(lamp(cast, 1)), put(lamp(cast, 1)))]
        push(cast.lan, *(put(lamp(cast, 1), record_id) for record_id in there))
        alone = pull(cast.lan, area=at(cast, 1))
        assert lamps(alone["changes"]) == there and not alone["has_more"]
        rest, cursor = drain(cast.lan, alone["cursor"])
        assert len(lamps(rest)) == 2 and not set(lamps(rest)) & set(there)
        again = pull(cast.lan, cursor, area=at(cast, 0))
        assert again["changes"] == [] and again["revoked_areas"] == []

    def test_parameters_out_of_bounds_are_refused(self, cast: Cast) -> None:
        for parameters in (
            {"limit": "0"},
            {"limit": "2001"},
            {"limit": "x"},
            {"max_bytes": "1"},
            {"area": "x"},
            {"a": "1"},
        ):
            assert client(cast.lan).get("/v1/sync/pull", parameters).status_code == 400, parameters

    def test_the_same_fields_can_be_sent_in_a_body(self, cast: Cast) -> None:
        light(cast, 0, 3)
        ask = {"limit": 2, "types": ["lamp"], "max_bytes": 4096, "area": at(cast)}
        response = client(cast.bao).post("/v1/sync/pull", ask, content_type="application/json")
        by_get = pull(cast.bao, limit=2, types="lamp", max_bytes=4096, area=at(cast))
        assert response.json()["changes"] == by_get["changes"] and len(by_get["changes"]) == 2
        assert response.json()["cursor"] == by_get["cursor"]

    def test_nothing_new_is_304_until_something_is(self, cast: Cast) -> None:
        light(cast)
        _, cursor = drain(cast.bao)
        phone = client(cast.bao)
        tag = phone.get("/v1/sync/pull", {"cursor": cursor}).headers["ETag"]
        ask = {"path": "/v1/sync/pull", "query_params": {"cursor": cursor}, "headers": {"if-none-match": tag}}
        silent = phone.get(**ask)
        assert (silent.status_code, silent.content) == (304, b"")
        light(cast)
        assert phone.get(**ask).status_code == 200

    def test_a_page_is_not_cut_short_by_a_record_that_has_no_text(self, cast: Cast) -> None:
        first, *rest = light(cast, 0, 6)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM lamp WHERE id = %s", [first])
        assert lamps(drain(cast.bao, limit=2)[0]) == rest


class TestCursors:
    def test_a_cursor_belongs_to_its_user(self, cast: Cast) -> None:
        cursor = pull(cast.lan)["cursor"]
        assert client(cast.bao).get("/v1/sync/pull", {"cursor": cursor}).json()["code"] == "cursor_invalid"
        assert pull(cast.lan.on_another_phone(), cursor)["changes"] == []

    @pytest.mark.parametrize("text", ["x", "AAAA", "đèn", "a b", "A" * 99_999, "=", "bm90aGluZw=="])
    def test_a_useless_cursor_is_400(self, cast: Cast, text: str) -> None:
        response = client(cast.lan).get("/v1/sync/pull", {"cursor": text})
        assert (response.status_code, response.json()["code"]) == (400, "cursor_invalid")

    def test_the_same_cursor_gives_the_same_page(self, cast: Cast) -> None:
        light(cast, 0, 3)
        first, second = (pull(cast.bao, limit=2) for _ in range(2))
        assert {**first, "server_time": None} == {**second, "server_time": None}


class TestViews:
    """What is seen follows from roles: gained, changed and lost."""

    def test_a_member_made_leader_gets_everything_of_the_new_view_at_the_next_pull(self, cast: Cast) -> None:
        made = light(cast, 0, 3)
        _, cursor = drain(cast.lan)
        Membership.objects.filter(user_id=cast.lan.user_id).update(role="leader")
        page = pull(cast.lan, cursor, limit=2)
        assert page["reset_areas"] == [{"area_id": at(cast), "reason": "view"}] and page["reset_done"] == []
        last = pull(cast.lan, page["cursor"])
        assert last["reset_areas"] == [] and last["reset_done"] == [at(cast)]
        assert lamps(page["changes"]) + lamps(last["changes"]) == made
        assert pull(cast.lan, last["cursor"])["reset_done"] == []

    def test_a_member_made_head_of_front_work_gets_every_hamlet_of_the_commune(self, cast: Cast) -> None:
        add_member(cast.khach, cast.hamlets[1], cast.teams[1], "member")
        mine = light(cast, 0, 2)
        theirs = [put(lamp(cast, 1)) for _ in range(2)]
        push(cast.khach, *theirs)
        _, cursor = drain(cast.lan)
        add_grant(cast.lan, "front_work_head", cast.communes[0])
        page = pull(cast.lan, cursor)
        # The own hamlet is seen with another role besides, so it comes anew; the other hamlet from its beginning.
        assert set(lamps(page["changes"])) == {*mine, *(m["id"] for m in theirs)}
        assert at(cast) in {area["area_id"] for area in page["reset_areas"]}

    def test_a_lost_area_is_named_until_a_later_cursor_is_used(self, cast: Cast) -> None:
        add_member(cast.lan, cast.hamlets[1], cast.teams[1], "member")
        _, cursor = drain(cast.lan)
        Membership.objects.filter(user_id=cast.lan.user_id, area_id=cast.hamlets[1]).update(ends_at=now())
        for _ in range(2):
            page = pull(cast.lan, cursor)
            assert page["revoked_areas"] == [at(cast, 1)]
        assert pull(cast.lan, page["cursor"])["revoked_areas"] == []

    def test_lists_repeat_for_the_same_cursor(self, cast: Cast) -> None:
        light(cast)
        _, cursor = drain(cast.lan)
        Membership.objects.filter(user_id=cast.lan.user_id).update(role="deputy_leader")
        pages = [pull(cast.lan, cursor) for _ in range(2)]
        for page in pages:
            assert page["reset_areas"][0]["reason"] == "view" and page["reset_done"] == [at(cast)]

    def test_who_belongs_nowhere_sees_nothing_and_is_told_what_is_lost(self, cast: Cast) -> None:
        light(cast)
        assert pull(cast.khach)["changes"] == []
        _, cursor = drain(cast.lan)
        Membership.objects.filter(user_id=cast.lan.user_id).update(ends_at=now())
        page = pull(cast.lan, cursor)
        assert page["changes"] == [] and at(cast) in page["revoked_areas"]

    def test_an_analyst_gets_no_records(self, cast: Cast) -> None:
        light(cast)
        assert lamps(drain(cast.hoa)[0]) == []

    def test_a_grant_that_ended_revokes_its_areas(self, cast: Cast) -> None:
        light(cast)
        changes, cursor = drain(cast.minh)
        assert len(lamps(changes)) == 1
        Grant.objects.filter(user_id=cast.minh.user_id).update(ends_at=now())
        assert {at(cast, 0), at(cast, 1)} <= set(pull(cast.minh, cursor)["revoked_areas"])

    def test_a_phone_that_lost_its_store_gets_its_teams_records_back(self, cast: Cast) -> None:
        made = light(cast, 0, 3)
        drain(cast.lan)
        changes, _ = drain(cast.lan.on_another_phone())
        assert lamps(changes) == made and all(change["data"]["id"] == change["id"] for change in changes)


class TestResets:
    def test_an_expired_floor_resets(self, cast: Cast) -> None:
        light(cast, 0, 2)
        _, cursor = drain(cast.bao)
        made = light(cast, 0, 3)
        one(cast.lan, delete(made[0], 1))
        Stream.objects.filter(area_id=cast.hamlets[0]).update(floor=6)
        page = pull(cast.bao, cursor)
        assert page["reset_areas"] == [{"area_id": at(cast), "reason": "expired"}] and page["reset_done"] == [at(cast)]
        assert all(change["op"] == "put" for change in page["changes"]) and len(lamps(page["changes"])) == 4

    def test_a_position_past_the_head_resets(self, cast: Cast) -> None:
        light(cast, 0, 3)
        _, cursor = drain(cast.bao)
        Stream.objects.filter(area_id=cast.hamlets[0]).update(head=2)
        assert pull(cast.bao, cursor)["reset_areas"] == [{"area_id": at(cast), "reason": "expired"}]

    def test_a_raised_epoch_resets_every_area(self, cast: Cast) -> None:
        from api.sync.epoch import current_epoch, raise_epoch

        light(cast)
        before = pull(cast.bao)
        risen = raise_epoch()
        assert risen > before["epoch"] and current_epoch() == risen
        page = pull(cast.bao, before["cursor"])
        assert page["epoch"] == risen
        assert {"area_id": at(cast), "reason": "epoch"} in page["reset_areas"]
        assert len(lamps(page["changes"])) == 1 and at(cast) in page["reset_done"]
        assert pull(cast.bao, page["cursor"])["reset_areas"] == []
        assert push(cast.bao, put(lamp(cast)))["epoch"] == risen

    def test_a_view_that_changes_during_a_reset_begins_again(self, cast: Cast) -> None:
        made = light(cast, 0, 3)
        _, cursor = drain(cast.lan)
        Membership.objects.filter(user_id=cast.lan.user_id).update(role="leader")
        page = pull(cast.lan, cursor, limit=1)
        Membership.objects.filter(user_id=cast.lan.user_id).update(role="member")
        page = pull(cast.lan, page["cursor"])
        assert page["reset_areas"][0]["reason"] == "view" and lamps(page["changes"]) == made
        assert page["reset_done"] == [at(cast)]
