"""What is filled in to make, edit, count, merge and split areas."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.areas.checks import NewArea
from accounts.areas.names import KINDS, AreaKind, AreaLevel
from accounts.areas.reorganising import Part
from accounts.models import Area
from accounts.site.fields import Day
from accounts.site.names import area_name, centre_words, label

MOST_PARTS = 9
_CENTRE = re.compile(r"\s*(-?\d{1,2}\.\d+|-?\d{1,2})\s*[,;\s]\s*(-?\d{1,3}\.\d+|-?\d{1,3})\s*", re.ASCII)
_SINCE = gettext_lazy("From which day")
_CODES = gettext_lazy("Five digits for a commune; hamlets have no national code.")
_DECREE_DAY = gettext_lazy("The day that the decision names; not one to come.")


def kinds_of(level: AreaLevel) -> list[tuple[str, str]]:
    """The kinds of a level, for a select."""
    return [(kind.value, label(AreaKind, kind)) for kind in KINDS[level]]


def _name(**more: Any) -> forms.CharField:
    return forms.CharField(label=gettext_lazy("Name, without the kind"), max_length=200, **more)


def _code(**more: Any) -> forms.CharField:
    return forms.CharField(label=gettext_lazy("Code"), max_length=20, required=False, **more)


def _households(**more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=gettext_lazy("Households"), min_value=0, max_value=1_000_000, **more)


class Centre(forms.CharField):
    """A point as maps copy it: degrees north, then east."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Centre"),
            required=False,
            max_length=60,
            help_text=gettext_lazy("As a map copies it, north first: 11.1833, 108.5667"),
        )

    def clean(self, value: str) -> dict[str, float] | None:
        text = super().clean(value)
        if not text:
            return None
        found = _CENTRE.fullmatch(text)
        if found is None or not -90 <= float(found[1]) <= 90 or not -180 <= float(found[2]) <= 180:
            raise forms.ValidationError(_("Write two numbers with points, north first, such as 11.1833, 108.5667."))
        return {"lat": float(found[1]), "lon": float(found[2])}


class NewAreaForm(forms.Form):
    """An area that is to begin below another."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    name = _name()
    code = _code(help_text=_CODES)
    household_count = _households(required=False)
    centre = Centre()
    on = Day(
        _SINCE, required=False, help_text=gettext_lazy("Leave it empty if the place is as old as what lies above it.")
    )

    def __init__(self, *args: Any, level: AreaLevel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds_of(level)  # type: ignore[attr-defined]


class EditAreaForm(forms.Form):
    """What an area is called, its code and its centre."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    name = _name()
    code = _code(help_text=_CODES)
    centre = Centre()
    on = Day(_SINCE, today=True, help_text=_DECREE_DAY)

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        self.area = area
        super().__init__(*args, **kwargs)
        self.initial = {"kind": area.kind, "name": area.name, "code": area.code, "centre": centre_words(area)}
        self.fields["kind"].choices = kinds_of(AreaLevel(area.level))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        if not self.errors and not any(self.differs(name) for name in ("kind", "name", "code", "centre")):
            raise forms.ValidationError(_("Nothing would change: change what is wrong, or go back."))
        return self.cleaned_data

    def differs(self, name: str) -> bool:
        """Whether a field says something else than the area does."""
        if name == "centre":
            told = self.cleaned_data["centre"] or {}
            return (told.get("lat"), told.get("lon")) != (self.area.centre_lat, self.area.centre_lon)
        return bool(self.cleaned_data[name] != getattr(self.area, name))


class HouseholdsForm(forms.Form):
    household_count = _households()
    on = Day(gettext_lazy("Counted on"), today=True)


class MoveAreaForm(forms.Form):
    parent_id = forms.UUIDField(widget=forms.HiddenInput)
    on = Day(_SINCE, today=True, help_text=_DECREE_DAY)


class MergeForm(forms.Form):
    area_ids = forms.MultipleChoiceField(
        label=gettext_lazy("Which become one"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Two or more."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of the new one"))
    name = _name()
    code = _code()
    on = Day(_SINCE, today=True, help_text=_DECREE_DAY)
    decree = forms.CharField(label=gettext_lazy("Number of the decision"), max_length=200, required=False)

    def __init__(self, *args: Any, level: AreaLevel, areas: Sequence[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area_ids"].choices = [(str(area.id), area_name(area)) for area in areas]  # type: ignore[attr-defined]
        self.fields["kind"].choices = kinds_of(level)  # type: ignore[attr-defined]


class SplitForm(forms.Form):
    """The parts, the day and the decision; then, for a commune, which hamlet goes with which part."""

    def __init__(self, *args: Any, area: Area, count: int, children: Sequence[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.area, self.count, self.children = area, count, children
        for place in range(count):
            self.fields |= self._part(place)
        parts = [(str(place), self._called(place)) for place in range(count)]
        self.fields["main"] = forms.ChoiceField(
            label=gettext_lazy("Which of them takes over what goes to no other"),
            choices=parts,
            initial="0",
            widget=forms.RadioSelect,
        )
        self.fields["on"] = Day(_SINCE, today=True, help_text=_DECREE_DAY)
        self.fields["decree"] = forms.CharField(
            label=gettext_lazy("Number of the decision"), max_length=200, required=False
        )
        main = self.data.get("main", "0")
        if self.is_bound:  # until it is said, each goes where the rest goes
            self.data = {f"child_{child.id.hex}": main for child in children} | dict(self.data.items())
        for child in children:
            self.fields[f"child_{child.id.hex}"] = forms.ChoiceField(
                label=area_name(child), choices=parts, required=False
            )

    def _part(self, place: int) -> dict[str, forms.Field]:
        kind = forms.ChoiceField(
            label=gettext_lazy("Kind"), choices=kinds_of(AreaLevel(self.area.level)), initial=self.area.kind
        )
        fields: dict[str, forms.Field] = {f"kind_{place}": kind, f"part_{place}": _name(required=place < 2)}
        if self.area.level == AreaLevel.HAMLET:
            return fields | {f"households_{place}": _households(required=False)}
        share = forms.DecimalField(
            label=gettext_lazy("Share in percent, if the decision says so"),
            required=False,
            min_value=0,
            max_value=100,
            max_digits=7,
            decimal_places=4,
        )
        return fields | {f"code_{place}": _code(), f"share_{place}": share}

    def _called(self, place: int) -> str:
        name = str(self.data.get(f"part_{place}", "")).strip()
        return name or _("Part %(n)d") % {"n": place + 1}

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The fields of each part, under its number."""
        for place in range(self.count):
            names = (f"{name}_{place}" for name in ("kind", "part", "code", "share", "households"))
            yield _("Part %(n)d") % {"n": place + 1}, [self[name] for name in names if name in self.fields]

    def rest(self) -> list[forms.BoundField]:
        """What is said once."""
        return [self[name] for name in ("main", "on", "decree")]

    def placing(self) -> list[forms.BoundField]:
        """Where each child goes."""
        return [self[f"child_{child.id.hex}"] for child in self.children]

    def clean(self) -> dict[str, Any]:
        if "main" in self.cleaned_data and not self.cleaned_data.get(f"part_{self.cleaned_data['main']}"):
            self.add_error("main", _("Choose a part that has a name."))
        return self.cleaned_data

    def places(self) -> list[int]:
        """The numbers of the parts that have a name."""
        return [place for place in range(self.count) if self.cleaned_data.get(f"part_{place}")]

    def parts(self) -> list[Part]:
        """What the service needs to know of each."""
        return [self._as_part(place) for place in self.places()]

    def _as_part(self, place: int) -> Part:
        told, main = self.cleaned_data, int(self.cleaned_data["main"])
        share: Decimal | None = told.get(f"share_{place}")
        return Part(
            area=NewArea(
                level=AreaLevel(self.area.level),
                kind=AreaKind(told[f"kind_{place}"]),
                name=told[f"part_{place}"],
                parent_id=self.area.parent_id,
                code=told.get(f"code_{place}", ""),
                household_count=told.get(f"households_{place}"),
            ),
            children=self._children(place),
            share=None if share is None else share / 100,
            is_default=place == main,
        )

    def _children(self, place: int) -> list[uuid.UUID]:
        told = self.cleaned_data
        return [c.id for c in self.children if int(told[f"child_{c.id.hex}"] or told["main"]) == place]
