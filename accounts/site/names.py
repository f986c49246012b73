"""What things are called on pages: enums in the page's language, areas with their kind."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.utils.translation import get_language

from accounts.areas.names import AreaKind
from accounts.models import Area
from api.enums import LabelledEnum
from api.postgres import ask
from api.problems import Text
from api.sync import store


def label(kind: type[LabelledEnum], value: str | None) -> str:
    """The label of an enum's value; what isn't known (yet) as it is."""
    if not value:
        return "–"
    try:
        member = kind(value)
    except ValueError:
        return value
    return member.label_en if get_language() == "en" else member.label_vi


def choices(kind: type[LabelledEnum]) -> list[tuple[str, str]]:
    """For a select."""
    return [(member.value, label(kind, member.value)) for member in kind]


def in_words(text: Text) -> str:
    """A text in the page's language."""
    return text.en if get_language() == "en" else text.vi


def area_name(area: Area) -> str:
    """`Xã Phan Rí Cửa`: names are Vietnamese in every language."""
    return f"{AreaKind(area.kind).label_vi} {area.name}"


_PLACES = """
SELECT a.id, a.kind, a.name, p.kind, p.name FROM area a LEFT JOIN area p ON p.id = a.parent_id
WHERE a.id = ANY(%s::uuid[])
"""


def places(area_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Areas by id, each as `Thôn Thái An, Xã Hồng Thái`. One query, none without ids."""
    ids = {area_id for area_id in area_ids if area_id}
    if not ids:
        return {}
    found = {}
    for area_id, kind, name, parent_kind, parent_name in ask(_PLACES, [store.id_array(ids)]):
        own = f"{AreaKind(kind).label_vi} {name}"
        found[area_id] = f"{own}, {AreaKind(parent_kind).label_vi} {parent_name}" if parent_kind else own
    return found


def centre_words(area: Area) -> str:
    """An area's centre as it is typed in."""
    return "" if area.centre_lat is None else f"{area.centre_lat:g}, {area.centre_lon:g}"
