"""Loading the gazetteer: twice is once, nothing that people changed is overwritten, and both trees stand."""

import datetime as dt
import uuid
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from accounts.areas.gazetteer import REFORM, Gazetteer
from accounts.areas.loading import carry_out, prepare_load
from accounts.areas.rows import Loader
from accounts.areas.services import rename_area
from accounts.areas.tree import subtree
from accounts.models import Area, AreaPast, AreaPlacement, AreaSuccession, AuditEvent
from accounts.scoping import SystemActor
from api.localtime import local_day, now
from api.sync.models import Revision, Stream, StreamEntry
from tests.accounts.areas.conftest import above, below, former, reached, today

IN_2024 = dt.date(2024, 6, 30)


def levels(areas: set[uuid.UUID]) -> Counter[str]:
    return Counter(Area.objects.filter(id__in=areas).values_list("level", flat=True))


def test_every_area_is_a_record_in_its_own_stream(lam_dong: Area) -> None:
    assert Area.objects.count() == Stream.objects.count() == StreamEntry.objects.filter(type="area").count() == 480
    assert Revision.objects.count() == 480
    assert set(Stream.objects.values_list("head", flat=True)) == {1}


def test_a_load_is_one_event_in_the_trail(lam_dong: Area) -> None:
    [event] = AuditEvent.objects.all()
    assert event.name == "area.loaded"
    assert event.details == {"area.created": 480, "reason": "tests"}


def test_a_second_load_finds_nothing_to_do(lam_dong: Area, gazetteer: Gazetteer) -> None:
    again = prepare_load(gazetteer.only("68"))
    assert not again.missing
    assert not again.differing
    assert again.standing == 480


def test_a_load_goes_on_where_a_smaller_one_stopped(lam_dong: Area, gazetteer: Gazetteer) -> None:
    carry_out(prepare_load(gazetteer.only("56")), actor=Loader(reason="tests"))
    assert Area.objects.filter(level="province", valid_to=None).count() == 2


def test_what_people_renamed_is_kept_and_told(lam_dong: Area, gazetteer: Gazetteer, server: SystemActor) -> None:
    rename_area(actor=server, area_id=today("23008").id, name="Phan Sơn Mới", on=dt.date(2026, 1, 1))
    load = prepare_load(gazetteer.only("68"))
    [difference] = load.differing
    assert difference.fields == {"name": "Phan Sơn"}
    carry_out(load, actor=Loader(reason="tests"))
    assert today("23008").name == "Phan Sơn Mới"
    carry_out(load, actor=Loader(reason="tests"), correct=True)
    assert today("23008").name == "Phan Sơn"


def test_below_lam_dong_hang_124_communes_now(lam_dong: Area) -> None:
    assert levels(below(lam_dong.id)) == {"commune": 124}


def test_below_binh_thuan_hung_10_districts_and_121_communes_in_2024(lam_dong: Area) -> None:
    binh_thuan = former("60", "province")
    assert levels(below(binh_thuan.id, IN_2024)) == {"district": 10, "commune": 121}
    assert subtree(binh_thuan.id, local_day(now())) == subtree(lam_dong.id, IN_2024) == []


def test_the_reform_holds_from_its_very_day(lam_dong: Area) -> None:
    binh_thuan = former("60", "province").id
    assert len(subtree(binh_thuan, REFORM - dt.timedelta(days=1))) == 132
    assert subtree(binh_thuan, REFORM) == []
    assert len(subtree(lam_dong.id, REFORM)) == 125


def test_a_right_over_lam_dong_reaches_all_that_became_it(lam_dong: Area) -> None:
    assert {lam_dong.id, *reached(lam_dong.id)} == set(Area.objects.values_list("id", flat=True))


def test_a_right_over_binh_thuan_reaches_nothing_of_today(lam_dong: Area) -> None:
    """Its districts, which nothing succeeded, stay below it; its communes went below those of today."""
    assert levels(reached(former("60", "province").id)) == {"district": 10}


def test_phong_phu_lies_below_both_communes_that_it_was_split_into(lam_dong: Area) -> None:
    phong_phu = former("22978")
    edges = AreaSuccession.objects.filter(from_area_id=phong_phu.id)
    default = {Area.objects.get(id=edge.to_area_id).name: edge.is_default for edge in edges}
    assert default == {"Phan Rí Cửa": True, "Tuy Phong": False}
    assert {(edge.kind, edge.share, edge.happened_on) for edge in edges} == {("split", None, REFORM)}
    for edge in edges:
        assert phong_phu.id in reached(edge.to_area_id)


def test_a_commune_that_only_one_became_moved_from_its_district_to_the_province(db: None, gazetteer: Gazetteer) -> None:
    carry_out(prepare_load(gazetteer.only("66")), actor=Loader(reason="tests"))
    buon_don = today("24235")
    assert (buon_don.name, buon_don.valid_from) == ("Buôn Đôn", None)
    [was] = AreaPast.objects.filter(area_id=buon_don.id)
    assert (was.attribute, was.value, was.valid_to) == ("name", "Krông Na", REFORM)
    names = {area.id: area.name for area in Area.objects.all()}
    assert [names[over] for over in above(buon_don.id, IN_2024)] == ["Đắk Lắk", "Buôn Đôn"]
    assert [names[over] for over in above(buon_don.id)] == ["Đắk Lắk"]


def test_no_path_is_taken_twice_now_and_every_area_has_a_place(lam_dong: Area) -> None:
    placed = set(AreaPlacement.objects.filter(valid_to=None).values_list("area_id", flat=True))
    assert placed == set(Area.objects.values_list("id", flat=True))


def test_the_command_says_what_it_would_do_and_then_does_it(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_areas", province="60", dry_run=True)
    assert "480 areas to create" in capsys.readouterr().out
    assert not Area.objects.exists()
    call_command("load_areas", province="60")
    assert Area.objects.count() == 480
    call_command("load_areas", province="60")
    assert "Nothing to do." in capsys.readouterr().out


def test_the_command_knows_no_province_99(db: None) -> None:
    with pytest.raises(CommandError, match="99"):
        call_command("load_areas", province="99")
