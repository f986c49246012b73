"""What the data says of 1 July 2025, checked figure by figure: a code identifies nothing without a date."""

from collections import Counter

from accounts.areas.gazetteer import REFORM, Gazetteer, area_id
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.plan import Plan


def count(units: dict[str, object], level: AreaLevel) -> int:
    return sum(unit.level == level for unit in units.values())  # type: ignore[attr-defined]


def test_there_are_34_provinces_and_3321_communes(gazetteer: Gazetteer) -> None:
    assert count(gazetteer.current, AreaLevel.PROVINCE) == 34
    assert count(gazetteer.current, AreaLevel.COMMUNE) == 3_321


def test_there_were_63_provinces_696_districts_and_10035_communes(gazetteer: Gazetteer) -> None:
    """The data has 10,040 lines: five are island districts that had no commune."""
    assert count(gazetteer.former, AreaLevel.PROVINCE) == 63
    assert count(gazetteer.former, AreaLevel.DISTRICT) == 696
    assert count(gazetteer.former, AreaLevel.COMMUNE) == 10_035


def test_kinds_are_read_from_the_names(gazetteer: Gazetteer) -> None:
    communes = Counter(unit.name.kind for unit in gazetteer.current.values() if unit.level == AreaLevel.COMMUNE)
    assert communes == {AreaKind.COMMUNE: 2_621, AreaKind.WARD: 687, AreaKind.SPECIAL_ZONE: 13}


def test_no_code_is_held_by_two_units_of_a_level_at_a_time(gazetteer: Gazetteer) -> None:
    for units in (gazetteer.former, gazetteer.current):
        assert max(Counter((unit.level, unit.code) for unit in units.values()).values()) == 1


def test_3316_codes_went_on_and_most_of_them_to_another_name(gazetteer: Gazetteer) -> None:
    before = {unit.code: unit for unit in gazetteer.former.values() if unit.level == AreaLevel.COMMUNE}
    after = {unit.code: unit for unit in gazetteer.current.values() if unit.level == AreaLevel.COMMUNE}
    equal = before.keys() & after.keys()
    assert len(equal) == 3_316
    assert sum(before[code].name.name != after[code].name.name for code in equal) == 1_803


def test_communes_were_split_and_spanned_districts(gazetteer: Gazetteer) -> None:
    split = [key for key, edges in gazetteer.successors.items() if len(edges) > 1]
    assert len(split) == 471
    spanning = [
        key
        for key, edges in gazetteer.predecessors.items()
        if gazetteer.current[key].level == AreaLevel.COMMUNE
        and len({gazetteer.former[edge.former].parent for edge in edges}) > 1
    ]
    assert len(spanning) == 317


def test_every_former_commune_went_somewhere_and_has_one_default_successor(gazetteer: Gazetteer) -> None:
    for unit in gazetteer.former.values():
        if unit.level != AreaLevel.DISTRICT:
            assert sum(edge.default for edge in gazetteer.successors[unit.key]) == 1
    assert gazetteer.predecessors.keys() == gazetteer.current.keys()


def test_binh_thuan_became_45_of_the_124_communes_of_lam_dong(gazetteer: Gazetteer) -> None:
    binh_thuan = {key: unit for key, unit in gazetteer.former.items() if unit.province == "tinhbinhthuan"}
    assert binh_thuan["tinhbinhthuan"].code == "60"
    assert count(binh_thuan, AreaLevel.DISTRICT) == 10
    assert count(binh_thuan, AreaLevel.COMMUNE) == 121
    became = {
        edge.current
        for edge in gazetteer.edges
        if edge.former in binh_thuan and binh_thuan[edge.former].level == AreaLevel.COMMUNE
    }
    assert len(became) == 45
    assert {gazetteer.current[key].parent for key in became} == {"tinhlamdong"}
    assert sum(unit.parent == "tinhlamdong" for unit in gazetteer.current.values()) == 124


def test_in_binh_thuan_just_hoa_thang_and_phong_phu_were_split(gazetteer: Gazetteer) -> None:
    split = {
        gazetteer.former[key].name.name: {gazetteer.current[edge.current].name.name for edge in edges}
        for key, edges in gazetteer.successors.items()
        if key.startswith("tinhbinhthuan_") and len(edges) > 1
    }
    assert split == {"Hòa Thắng": {"Hòa Thắng", "Hồng Thái"}, "Phong Phú": {"Phan Rí Cửa", "Tuy Phong"}}


def test_what_one_unit_alone_became_is_still_the_same_area(gazetteer: Gazetteer) -> None:
    """11 provinces and 132 communes, of which eight got another name or kind, stayed what they were."""
    levels = Counter(gazetteer.current[key].level for key in gazetteer.same)
    assert levels == {AreaLevel.PROVINCE: 11, AreaLevel.COMMUNE: 132}
    plan = Plan(gazetteer)
    assert {(row.attribute, row.value) for row in plan.past()} >= {("kind", "township"), ("name", "Krông Na")}
    ha_noi = gazetteer.current["thanhphohanoi"]
    assert plan.current_ids[ha_noi.key] == plan.former_ids[ha_noi.key] == area_id(AreaLevel.PROVINCE, "01", None)
    lam_dong = gazetteer.current["tinhlamdong"]
    assert plan.current_ids[lam_dong.key] == area_id(AreaLevel.PROVINCE, "68", REFORM)


def test_an_island_district_without_communes_became_a_special_zone(gazetteer: Gazetteer) -> None:
    zones = [
        gazetteer.current[edges[0].current].name.full
        for key, edges in gazetteer.successors.items()
        if gazetteer.former[key].level == AreaLevel.DISTRICT
    ]
    assert sorted(zones) == [
        "Đặc khu Bạch Long Vĩ",
        "Đặc khu Côn Đảo",
        "Đặc khu Cồn Cỏ",
        "Đặc khu Hoàng Sa",
        "Đặc khu Lý Sơn",
    ]


def test_labels_of_all_areas_differ(gazetteer: Gazetteer) -> None:
    rows = list(Plan(gazetteer).areas())
    assert len(rows) == len({row.id for row in rows}) == len({row.id.hex[-12:] for row in rows}) == 14_006


def test_a_province_can_be_asked_for_by_its_former_code(gazetteer: Gazetteer) -> None:
    assert gazetteer.only("60").current == gazetteer.only("68").current
    assert not gazetteer.only("99").current
