"""Enums carry both labels and are known by name."""

import pytest

from api.enums import ENUMS, LabelledEnum, enums_for_meta


class BellTone(LabelledEnum):
    WORKING = "working", "Đang sáng", "Working"
    BROKEN = "broken", "Bị hỏng", "Broken"


def test_an_enum_has_a_label_in_each_language() -> None:
    assert BellTone.BROKEN == "broken"
    assert (BellTone.BROKEN.label, BellTone.BROKEN.label_en) == ("Bị hỏng", "Broken")
    assert BellTone.choices == [("working", "Đang sáng"), ("broken", "Bị hỏng")]
    assert BellTone("working") is BellTone.WORKING


def test_meta_lists_every_enum() -> None:
    assert enums_for_meta()["bell_tone"] == [
        {"value": "working", "vi": "Đang sáng", "en": "Working"},
        {"value": "broken", "vi": "Bị hỏng", "en": "Broken"},
    ]


def test_two_enums_never_share_a_name() -> None:
    with pytest.raises(TypeError, match="BellTone"):
        LabelledEnum("BellTone", [("LOW", ("low", "Trầm", "Low"))], module="elsewhere")
    assert ENUMS["BellTone"] is BellTone
