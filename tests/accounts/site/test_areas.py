"""Areas and teams changed on the site: tried first with what is touched, then done."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Area, AuditEvent, Team
from accounts.roles import TeamStatus
from api.ids import uuid7
from tests.accounts.people.entered import enter_all
from tests.browser import browser
from tests.cast import Cast, add_grant, add_person, add_team, raise_cast

pytestmark = pytest.mark.django_db
DAY = "2026-03-01"
SURE = {"sure": "1"}


@pytest.fixture
def cast() -> Cast:
    """Everyone, with areas and teams that the engine knows."""
    cast = raise_cast()
    enter_all()
    return cast


@pytest.fixture
def son(cast: Cast) -> Client:
    return browser(cast.son)


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"/admin/{path}", body)


def page(client: Client, path: str) -> str:
    answer = client.get(f"/admin/{path}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_merger_is_tried_with_what_it_touches_and_then_done(cast: Cast, son: Client) -> None:
    where, ids = f"areas/{cast.communes[0]}/merge/", [str(each) for each in cast.hamlets[:2]]
    body = {"area_ids": ids, "kind": "thon", "name": "Thái Hòa", "on": DAY, "decree": "12/NQ-HĐND"}
    told = post(son, where, body).content.decode()
    assert re.search(r"<b>2</b> địa bàn.*<b>2</b> tổ.*<b>2</b> người", told, re.DOTALL)
    assert "Không ai thấy nhiều hơn hay ít hơn" in told and "Thôn Thái An; Thôn Thái Bình" in told
    assert not Area.objects.filter(name="Thái Hòa").exists() and not AuditEvent.objects.filter(name="area.ended")
    done = post(son, where, body | SURE)
    made = Area.objects.get(name="Thái Hòa")
    assert done.headers["Location"] == f"/admin/areas/{made.id}/"
    new = page(son, f"areas/{made.id}/")
    assert "Tổ tự quản 1" in new and "Thôn Thái An, Xã Hồng Thái" in new, "its teams go on, and it says from where"
    assert f"/admin/areas/{made.id}/" in page(son, f"areas/{cast.hamlets[0]}/"), "the old one leads to the new one"
    assert AuditEvent.objects.filter(name="area.ended", user_id=cast.son.user_id).count() == 2


def test_one_area_alone_is_no_merger(cast: Cast, son: Client) -> None:
    body = {"area_ids": [str(cast.hamlets[0])], "kind": "thon", "name": "Thái Hòa", "on": DAY, **SURE}
    answer = post(son, f"areas/{cast.communes[0]}/merge/", body)
    assert answer.status_code == 422 and 'id="id_area_ids_error"' in answer.content.decode()
    assert not Area.objects.filter(name="Thái Hòa").exists()


def test_a_commune_is_split_in_three_steps(cast: Cast, son: Client) -> None:
    where = f"areas/{cast.communes[0]}/split/"
    body = {
        "part_0": "Một", "kind_0": "commune", "share_0": "66.7", "part_1": "Hai", "kind_1": "ward", "share_1": "33.3",
        "main": "0", "on": DAY,
    }  # fmt: skip
    more = post(son, where, body | {"more": "1"}).content.decode()
    assert 'name="part_2"' in more and 'value="Hai"' in more
    placing = post(son, where, body).content.decode()
    assert f'name="child_{cast.hamlets[1].hex}"' in placing and Area.objects.filter(name="Một").count() == 0
    body |= {"placed": "1", f"child_{cast.hamlets[0].hex}": "0", f"child_{cast.hamlets[1].hex}": "1"}
    told = post(son, where, body).content.decode()
    assert "2 người sẽ thấy ít dữ liệu hơn" in told, "Minh and Dũng hold roles over what ends"
    again = post(son, where, body | {"again": "1"}).content.decode()
    assert 'name="part_0" value="Một"' in again
    assert post(son, where, body | SURE).status_code == 302
    homes = {area.id: Area.objects.get(id=area.parent_id).name for area in Area.objects.filter(id__in=cast.hamlets[:2])}
    assert homes == {cast.hamlets[0]: "Một", cast.hamlets[1]: "Hai"}


def test_what_is_wrong_with_a_part_stands_at_its_name(cast: Cast, son: Client) -> None:
    where, parts = f"areas/{cast.hamlets[0]}/split/", {"part_0": "Đông", "kind_0": "thon", "kind_1": "thon", "on": DAY}
    for name, place in (("Thái Bình", "part_1"), ("", "part_1")):
        answer = post(son, where, parts | {"part_1": name, "main": "0", **SURE})
        assert answer.status_code == 422 and f'id="id_{place}_error"' in answer.content.decode(), name
    answer = post(son, where, parts | {"part_1": "Tây", "main": "2", "count": "3", "kind_2": "thon", **SURE})
    assert answer.status_code == 422 and 'id="id_main_error"' in answer.content.decode()
    assert Area.objects.get(id=cast.hamlets[0]).valid_to is None


def test_a_hamlet_is_renamed_counted_and_given_its_centre(cast: Cast, son: Client) -> None:
    hamlet = f"areas/{cast.hamlets[0]}"
    body = {"kind": "thon", "name": "Thái Mới", "code": "", "centre": "11.1833, 108.5667", "on": DAY}
    told = post(son, f"{hamlet}/edit/", body).content.decode()
    assert "<del>Thái An</del>" in told and "Loại</dt>" not in told, "only what changes"
    assert post(son, f"{hamlet}/edit/", body | SURE).status_code == 302
    assert post(son, f"{hamlet}/households/", {"household_count": "63", "on": DAY, **SURE}).status_code == 302
    area = Area.objects.get(id=cast.hamlets[0])
    assert (area.name, area.centre_lat, area.centre_lon, area.household_count) == ("Thái Mới", 11.1833, 108.5667, 63)
    assert {"area.renamed", "area.updated", "area.counted"} <= set(AuditEvent.objects.values_list("name", flat=True))
    for centre in ("108.5667, 11.1833", "ở giữa làng", "11,1833"):
        answer = post(son, f"{hamlet}/edit/", body | {"centre": centre})
        assert answer.status_code == 422 and 'id="id_centre_error"' in answer.content.decode(), centre
    assert post(son, f"{hamlet}/edit/", body | {"centre": "", **SURE}).status_code == 302
    assert Area.objects.get(id=cast.hamlets[0]).centre_lat is None


def test_a_day_to_come_is_refused_when_it_is_tried(cast: Cast, son: Client) -> None:
    answer = post(son, f"areas/{cast.hamlets[0]}/edit/", {"kind": "ap", "name": "Thái An", "on": "2199-01-01"})
    assert answer.status_code == 422 and 'id="id_on_error"' in answer.content.decode()


def test_a_communes_admin_changes_what_lies_below_and_not_the_commune_itself(cast: Cast) -> None:
    person = add_person("hien", 50)
    add_grant(person, "admin", cast.communes[0])
    hien, commune = browser(person), cast.communes[0]
    own = page(hien, f"areas/{commune}/")
    assert f"{commune}/new/" in own and f"{commune}/merge/" in own
    assert f"{commune}/split/" not in own and f"{commune}/move/" not in own
    for command in ("split", "move"):
        assert hien.get(f"/admin/areas/{commune}/{command}/").status_code == 404
        assert hien.get(f"/admin/areas/{cast.hamlets[0]}/{command}/").status_code == 200
    for command in ("new", "merge", "edit", "households", "split", "move"):
        assert hien.get(f"/admin/areas/{cast.communes[1]}/{command}/").status_code == 404
    body = {"kind": "thon", "name": "Mới", "household_count": "40", **SURE}
    assert post(hien, f"areas/{commune}/new/", body).status_code == 302
    assert Area.objects.get(name="Mới").parent_id == commune


def test_the_tree_offers_only_what_fits_to_be_chosen(cast: Cast, son: Client) -> None:
    tree = page(son, f"areas/{cast.communes[0]}/?for=/admin/teams/new/&level=hamlet")
    assert f"/admin/teams/new/?area={cast.hamlets[0]}" in tree
    assert f"/admin/teams/new/?area={cast.communes[0]}" not in tree
    assert "level=hamlet" in page(son, "areas/?for=/admin/teams/new/&level=hamlet"), "kept on the way down"
    found = page(son, "areas/?q=thai&for=/admin/teams/new/&level=hamlet")
    assert f"/admin/teams/new/?area={cast.hamlets[0]}" in found and 'name="level" value="hamlet"' in found
    assert f"/admin/teams/new/?area={cast.communes[0]}" not in found
    assert 'name="team_type"' not in page(son, f"teams/new/?area={uuid7()}")
    assert 'name="team_type"' in page(son, f"teams/new/?area={cast.hamlets[0]}")


def test_a_team_is_founded_changed_and_closed(cast: Cast, son: Client) -> None:
    body = {
        "area_id": str(cast.hamlets[0]), "id": str(uuid7()), "team_type": "security_team", "name": "Tổ bảo vệ 2",
        "founding_decision": "05/QĐ-UBND", "founded_on": "2026-02-03",
    }  # fmt: skip
    assert post(son, "teams/new/", body).headers["Location"] == f"/admin/teams/{body['id']}/"
    team = Team.objects.get(id=body["id"])
    assert (team.area_id, team.founding_decision, str(team.founded_on)) == (
        cast.hamlets[0], "05/QĐ-UBND", "2026-02-03",
    )  # fmt: skip
    where = f"teams/{team.id}/edit/"
    change = {"team_type": "security_team", "name": "Tổ hai", "status": "suspended", "version": str(team.version)}
    assert post(son, where, change).headers["Location"] == f"/admin/teams/{team.id}/"
    late = post(son, where, change | {"name": "Tổ ba"})
    assert late.headers["Location"] == f"/admin/{where}", "somebody was faster: the form again, as it is now"
    assert "Vừa có người khác sửa" in page(son, where)
    team.refresh_from_db()
    assert (team.name, team.status, team.founding_decision) == ("Tổ hai", TeamStatus.SUSPENDED, None)
    assert post(son, f"teams/{team.id}/close/", {}).status_code == 302
    assert post(son, where, change | {"version": "3"}).status_code in (409, 422), "closed for good"


def test_a_commune_has_no_teams_of_its_own(cast: Cast, son: Client) -> None:
    body = {"area_id": str(cast.communes[0]), "id": str(uuid7()), "team_type": "security_team", "name": "Tổ xã"}
    answer = post(son, "teams/new/", body)
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert not Team.objects.filter(name="Tổ xã").exists()


def test_the_teams_of_a_merged_hamlet_cost_its_page_no_query_each(cast: Cast, son: Client) -> None:
    def queries(area_id: uuid.UUID) -> int:
        with CaptureQueriesContext(connection) as captured:
            page(son, f"areas/{area_id}/")
        return len(captured)

    few = queries(cast.hamlets[0])
    for number in range(10):
        add_team(cast.hamlets[0], f"Tổ {number}")
    assert queries(cast.hamlets[0]) <= few + 1
