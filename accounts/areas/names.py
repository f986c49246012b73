"""Levels and kinds of areas, and how an area's full name is taken apart and made searchable."""

import re
from typing import NamedTuple

from api.enums import LabelledEnum
from api.text import fold, nfc, sort_key


class AreaLevel(LabelledEnum):
    """How high an area stands; districts ended on 1 July 2025."""

    PROVINCE = "province", "Cấp tỉnh", "Province"
    DISTRICT = "district", "Cấp huyện (đến 2025)", "District (to 2025)"
    COMMUNE = "commune", "Cấp xã", "Commune"
    HAMLET = "hamlet", "Thôn, tổ dân phố", "Hamlet"


class AreaKind(LabelledEnum):
    """What an area is called by law or custom; kinds of hamlets have no English names of their own."""

    PROVINCE = "province", "Tỉnh", "Province"
    CITY = "city", "Thành phố", "City"
    RURAL_DISTRICT = "rural_district", "Huyện", "Rural district"
    URBAN_DISTRICT = "urban_district", "Quận", "Urban district"
    TOWN = "town", "Thị xã", "Town"
    COMMUNE = "commune", "Xã", "Commune"
    WARD = "ward", "Phường", "Ward"
    TOWNSHIP = "township", "Thị trấn", "Township"
    SPECIAL_ZONE = "special_zone", "Đặc khu", "Special zone"
    THON = "thon", "Thôn", "Thôn"
    AP = "ap", "Ấp", "Ấp"
    KHU_PHO = "khu_pho", "Khu phố", "Khu phố"
    TO_DAN_PHO = "to_dan_pho", "Tổ dân phố", "Tổ dân phố"
    LANG = "lang", "Làng", "Làng"
    BAN = "ban", "Bản", "Bản"
    BUON = "buon", "Buôn", "Buôn"
    BON = "bon", "Bon", "Bon"
    XOM = "xom", "Xóm", "Xóm"
    SOC = "soc", "Sóc", "Sóc"
    PHUM = "phum", "Phum", "Phum"
    KHOM = "khom", "Khóm", "Khóm"
    KHU = "khu", "Khu", "Khu"
    KHU_DAN_CU = "khu_dan_cu", "Khu dân cư", "Khu dân cư"
    TIEU_KHU = "tieu_khu", "Tiểu khu", "Tiểu khu"


_PROVINCE_KINDS = (AreaKind.PROVINCE, AreaKind.CITY)
_DISTRICT_KINDS = (AreaKind.RURAL_DISTRICT, AreaKind.URBAN_DISTRICT, AreaKind.TOWN, AreaKind.CITY)
_COMMUNE_KINDS = (AreaKind.COMMUNE, AreaKind.WARD, AreaKind.TOWNSHIP, AreaKind.SPECIAL_ZONE)
KINDS: dict[AreaLevel, tuple[AreaKind, ...]] = {
    AreaLevel.PROVINCE: _PROVINCE_KINDS,
    AreaLevel.DISTRICT: _DISTRICT_KINDS,
    AreaLevel.COMMUNE: _COMMUNE_KINDS,
    AreaLevel.HAMLET: tuple(
        kind for kind in AreaKind if kind not in {*_PROVINCE_KINDS, *_DISTRICT_KINDS, *_COMMUNE_KINDS}
    ),
}
PARENTS: dict[AreaLevel, tuple[AreaLevel, ...]] = {
    AreaLevel.PROVINCE: (),
    AreaLevel.DISTRICT: (AreaLevel.PROVINCE,),
    AreaLevel.COMMUNE: (AreaLevel.PROVINCE, AreaLevel.DISTRICT),
    AreaLevel.HAMLET: (AreaLevel.COMMUNE,),
}


class Name(NamedTuple):
    """An area's kind and its name without the kind."""

    kind: AreaKind
    name: str

    @property
    def full(self) -> str:
        """As it is spoken: `Xã Phan Rí Cửa`, `Thôn 3`."""
        return f"{self.kind.label_vi} {self.name}"

    @property
    def key(self) -> str:
        """The folded full name: what is searched, and what tells hamlets of one commune apart."""
        return fold(self.full)

    @property
    def order(self) -> str:
        """The collation key of the name; numbers sort by value, so that `Thôn 2` comes before `Thôn 10`."""
        return sort_key(re.sub(r"\d+", lambda number: number[0].zfill(4), self.name))


def tidy(text: str) -> str:
    """Text in NFC with single spaces."""
    return " ".join(nfc(text).split())


_BY_LABEL = {level: {fold(kind.label_vi): kind for kind in kinds} for level, kinds in KINDS.items()}


def kind_of(label: str, level: AreaLevel) -> AreaKind | None:
    """The kind of that level with this label (accents and case don't matter) or value; None if there is none."""
    wanted = fold(tidy(label)).replace("_", " ")
    return _BY_LABEL[level].get(wanted) or next((kind for kind in KINDS[level] if kind.value == label), None)


def parse_name(full: str, level: AreaLevel) -> Name | None:
    """`Thị trấn Liên Hương` taken apart; None if it doesn't begin with a kind of that level, or nothing follows."""
    words = tidy(full).split(" ")
    # The longest first: `Khu phố 3` is no `Khu`.
    for length in (3, 2, 1):
        kind = _BY_LABEL[level].get(fold(" ".join(words[:length])))
        if kind and len(words) > length:
            return Name(kind, " ".join(words[length:]))
    return None


def read_name(text: str, kind: AreaKind) -> Name:
    """The name of an area whose kind is known, written with the kind before it or without."""
    words, label = tidy(text).split(" "), kind.label_vi.split(" ")
    with_kind = len(words) > len(label) and fold(" ".join(words[: len(label)])) == fold(kind.label_vi)
    return Name(kind, " ".join(words[len(label) :] if with_kind else words))
