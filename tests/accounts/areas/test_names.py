"""Names of areas: taken apart, searched without accents, sorted as people expect."""

import pytest

from accounts.areas.names import AreaKind, AreaLevel, Name, kind_of, parse_name, read_name


@pytest.mark.parametrize(
    ("full", "level", "expected"),
    [
        ("Thị trấn Liên Hương", AreaLevel.COMMUNE, Name(AreaKind.TOWNSHIP, "Liên Hương")),
        ("Phường 1", AreaLevel.COMMUNE, Name(AreaKind.WARD, "1")),
        ("  thôn   Hồng  Chính ", AreaLevel.HAMLET, Name(AreaKind.THON, "Hồng Chính")),
        ("TỔ DÂN PHỐ 12", AreaLevel.HAMLET, Name(AreaKind.TO_DAN_PHO, "12")),
        ("Khu phố 3", AreaLevel.HAMLET, Name(AreaKind.KHU_PHO, "3")),
        ("Khu 3", AreaLevel.HAMLET, Name(AreaKind.KHU, "3")),
        ("Thành phố Huế", AreaLevel.PROVINCE, Name(AreaKind.CITY, "Huế")),
        ("Hồng Chính", AreaLevel.HAMLET, None),
        ("Thôn", AreaLevel.HAMLET, None),
        ("Xã Hồng Thái", AreaLevel.HAMLET, None),
    ],
)
def test_a_full_name_is_taken_apart(full: str, level: AreaLevel, expected: Name | None) -> None:
    assert parse_name(full, level) == expected


def test_a_name_may_repeat_its_kind_or_not() -> None:
    assert read_name("Thôn 3", AreaKind.THON) == read_name("3", AreaKind.THON) == Name(AreaKind.THON, "3")
    assert read_name("Thôn", AreaKind.THON).name == "Thôn"


def test_kinds_are_known_by_label_and_value() -> None:
    assert kind_of("tổ dân phố", AreaLevel.HAMLET) == kind_of("To dan pho", AreaLevel.HAMLET) == AreaKind.TO_DAN_PHO
    assert kind_of("khu_pho", AreaLevel.HAMLET) == AreaKind.KHU_PHO
    assert kind_of("xã", AreaLevel.HAMLET) is None


def test_hamlets_sort_by_number() -> None:
    names = [Name(AreaKind.THON, name) for name in ("10", "2", "1", "Ấp Đình", "An")]
    assert [name.name for name in sorted(names, key=lambda name: name.order)] == ["1", "2", "10", "An", "Ấp Đình"]


def test_the_key_is_the_folded_full_name() -> None:
    assert Name(AreaKind.THON, "Đông Hòa").key == "thon dong hoa"
