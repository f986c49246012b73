"""Areas changed on the site: made, renamed, counted, moved. Each is tried first, then done."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.areas.checks import NewArea
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.services import count_households, create_area, edit_area, move_area, rename_area
from accounts.models import Area
from accounts.site.area_choice import area_choice, chosen_area
from accounts.site.area_command import AreaCommand, Fact, OfChildren
from accounts.site.area_forms import EditAreaForm, HouseholdsForm, MoveAreaForm, NewAreaForm
from accounts.site.area_page import may_reform
from accounts.site.frame import Text
from accounts.site.names import centre_words, label, places
from accounts.site.request import SiteRequest
from accounts.templatetags.site import count, day


class MakeArea(OfChildren):
    """A new hamlet of a commune, or commune of a province."""

    button, counts = gettext_lazy("Create it"), False

    def heading(self) -> Text:
        if self.level == AreaLevel.HAMLET:
            return _("New hamlet in %(area)s") % {"area": self.name}
        return _("New commune in %(area)s") % {"area": self.name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("Whoever looks after %(area)s sees it at once.") % {"area": self.name},
            _("Many at once come more easily by an import."),
        ]

    def form(self, request: SiteRequest) -> forms.Form:
        return NewAreaForm(request.POST if request.method == "POST" else None, level=self.level)

    def changes(self, form: forms.Form) -> Sequence[Fact]:
        told = form.cleaned_data
        name = f"{label(AreaKind, told['kind'])} {told['name']}"
        since = day(told["on"]) if told["on"] else _("always")
        facts = [
            (_("Area"), "", f"{name}, {self.name}"),
            (_("Code"), "", told["code"]),
            (_("Households"), "", "" if told["household_count"] is None else count(told["household_count"])),
            (_("Centre"), "", form["centre"].value()),
            (_("Since"), "", since),
        ]
        return [fact for fact in facts if fact[2]]

    def change(self, told: dict[str, Any]) -> list[uuid.UUID]:
        area = NewArea(
            level=self.level,
            kind=AreaKind(told["kind"]),
            name=told["name"],
            parent_id=self.area.id,
            code=told["code"],
            household_count=told["household_count"],
            **(told["centre"] or {}),
        )
        return [create_area(actor=self.request.actor, area=area, on=told["on"])]


class EditArea(AreaCommand):
    """Another name, kind or code from a day on; another centre."""

    button = gettext_lazy("Change it")

    def heading(self) -> Text:
        return _("Change %(area)s") % {"area": self.name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("It stays the same area, with all that belongs to it."),
            _("What it was called before is kept with its days."),
        ]

    def form(self, request: SiteRequest) -> EditAreaForm:
        return EditAreaForm(request.POST if request.method == "POST" else None, area=self.area)

    def changes(self, form: forms.Form) -> Sequence[Fact]:
        assert isinstance(form, EditAreaForm)
        area, told = self.area, form.cleaned_data
        values = {
            "kind": (_("Kind"), label(AreaKind, area.kind), label(AreaKind, told["kind"])),
            "name": (_("Name"), area.name, told["name"]),
            "code": (_("Code"), area.code, told["code"]),
            "centre": (_("Centre"), centre_words(area), form["centre"].value()),
        }
        facts = [(what, old or "–", new or "–") for name, (what, old, new) in values.items() if form.differs(name)]
        return [*facts, (_("From which day"), "", day(told["on"]))]

    def change(self, told: dict[str, Any]) -> list[uuid.UUID]:
        actor, area = self.request.actor, self.area
        kind, name, code = told["kind"], told["name"], told["code"]
        if (kind, name, code) != (area.kind, area.name, area.code):
            rename_area(actor=actor, area_id=area.id, on=told["on"], name=name, kind=AreaKind(kind), code=code)
        centre = told["centre"] or {}
        if (centre.get("lat"), centre.get("lon")) != (area.centre_lat, area.centre_lon):
            edit_area(actor=actor, area_id=area.id, values={"centre": told["centre"]})
        return [area.id]


class CountHouseholds(AreaCommand):
    """How many households there are since a day."""

    button, form_class, counts = gettext_lazy("Keep the number"), HouseholdsForm, False

    def heading(self) -> Text:
        return _("Households of %(area)s") % {"area": self.name}

    def consequences(self) -> Sequence[Text]:
        return [_("The number holds from that day on; earlier ones are kept with their days.")]

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        return {"household_count": self.area.household_count}

    def changes(self, form: forms.Form) -> Sequence[Fact]:
        told, before = form.cleaned_data, self.area.household_count
        return [
            (_("Households"), "" if before is None else count(before), count(told["household_count"])),
            (_("Counted on"), "", day(told["on"])),
        ]

    def change(self, told: dict[str, Any]) -> list[uuid.UUID]:
        count_households(
            actor=self.request.actor, area_id=self.area.id, households=told["household_count"], on=told["on"]
        )
        return [self.area.id]


class MoveArea(AreaCommand):
    """A hamlet to another commune, a commune to another province."""

    button, form_class, template = gettext_lazy("Move it"), MoveAreaForm, "site/area_move.html"
    parent: Area | None

    def fits(self, area: Area) -> bool:
        return may_reform(self.request.actor, area)

    def heading(self) -> Text:
        return _("Move %(area)s") % {"area": self.name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("It hangs below the other area from that day on, with all that lies below it."),
            _("Where it was before is kept with its days, and so are reports of that time."),
        ]

    def form(self, request: SiteRequest) -> forms.Form:
        self.parent = chosen_area(request, "parent_id")
        return super().form(request)

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        return {"parent_id": self.parent.id if self.parent else None}

    def more(self, request: SiteRequest) -> dict[str, Any]:
        above = AreaLevel.COMMUNE if self.area.level == AreaLevel.HAMLET else AreaLevel.PROVINCE
        return super().more(request) | area_choice(request, self.parent, above)

    def changes(self, form: forms.Form) -> Sequence[Fact]:
        before, after = self.area.parent_id, form.cleaned_data["parent_id"]
        named = places([before, after])
        return [
            (_("Part of"), named[before] if before else "", named[after]),
            (_("From which day"), "", day(form.cleaned_data["on"])),
        ]

    def also(self, told: dict[str, Any]) -> Collection[uuid.UUID | None]:
        return [told["parent_id"]]

    def change(self, told: dict[str, Any]) -> list[uuid.UUID]:
        move_area(actor=self.request.actor, area_id=self.area.id, parent_id=told["parent_id"], on=told["on"])
        return [self.area.id]
