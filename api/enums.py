"""Closed lists of values with labels in Vietnamese and English, known to `/v1/meta` and to the document by name."""

import re
from typing import TYPE_CHECKING, Any

from django.db import models
from drf_spectacular.settings import spectacular_settings

ENUMS: dict[str, type["LabelledEnum"]] = {}


class LabelledEnum(models.TextChoices):
    """`NAME = "value", "Nhãn", "Label"`; a subclass with members registers itself under its class name."""

    label_vi: str

    if not TYPE_CHECKING:  # to a type checker, calling an enum looks a value up

        def __new__(cls, value: str, label_vi: str) -> "LabelledEnum":
            member = str.__new__(cls, value)
            member._value_ = value
            member.label_vi = label_vi
            return member

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        known = ENUMS.setdefault(cls.__name__, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two enums are called {cls.__name__}: {known.__module__} and {cls.__module__}")

    @property
    def label(self) -> str:
        """The Vietnamese label, which is what Django's admin shows."""
        return self.label_vi

    @property
    def label_en(self) -> str:
        return str(self._label_)  # Django keeps the last string of the tuple there


def enums_for_meta() -> dict[str, list[dict[str, str]]]:
    """Every enum by its snake_case name, each value with both labels, in the order of its definition."""
    return {
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower(): [
            {"value": member.value, "vi": member.label_vi, "en": member.label_en} for member in enum
        ]
        for name, enum in sorted(ENUMS.items())
    }


def name_enums_in_document(endpoints: list[Any], **_: Any) -> list[Any]:
    """A preprocessing hook of drf-spectacular: each enum appears in the document under its class name."""
    spectacular_settings.ENUM_NAME_OVERRIDES.update(ENUMS)
    return endpoints
