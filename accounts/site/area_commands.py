"""Areas changed on the site: made, renamed, counted, moved. Each is tried first, then done.

The services and the rights are those of the API (accounts.areas). The trial is the change itself, taken back, so it
refuses what the change would refuse.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import visible
from accounts.areas.checks import NewArea
from accounts.areas.effects import Effect, change_areas
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.services import count_households, create_area, edit_area, move_area, rename_area
from accounts.models import Area
from accounts.site.area_choice import area_choice, chosen_area
from accounts.site.area_forms import EditAreaForm, HouseholdsForm, MoveAreaForm, NewAreaForm
from accounts.site.area_page import BELOW, crumbs_of, may_reform
from accounts.site.command import Command, Plan
from accounts.site.effects import touched
from accounts.site.frame import Text
from accounts.site.names import area_name, centre_words, label, places
from accounts.site.page import SiteRequest
from accounts.templatetags.site import count, day
from api.problems import Problem

Fact = tuple[Text, str, str]
"""What is changed, what it was, and what it will be."""


class AreaCommand(Command):
    """Two steps: what was filled in is tried, and what it touches is shown; sent again with `sure`, it is done.

    Sent with `again`, the form comes back to be corrected.
    """

    template = "site/area_change.html"
    counts: ClassVar[bool] = True
    """Whether it touches more than the area itself."""
    ends: ClassVar[bool] = False
    key: ClassVar[str] = "area_id"
    area: Area
    planned: Plan
    facts: Sequence[Fact] = ()
    effect: Effect | None = None

    def plan(self, request: SiteRequest) -> Plan:
        found = visible.areas(request.actor).filter(id=self.kwargs[self.key], valid_to=None).first()
        if found is None or not self.fits(found):
            raise Problem("not_found")
        self.area, page = found, reverse("admin:area", args=[found.id])
        crumbs = [*crumbs_of(request, found), (self.name, page)]
        self.planned = Plan(self.heading(), self.consequences(), page, crumbs)
        return self.planned

    def fits(self, area: Area) -> bool:
        """Whether this can be done with such an area."""
        return True

    @property
    def name(self) -> str:
        return area_name(self.area)

    def change(self, told: dict[str, Any]) -> list[uuid.UUID]:
        """By a service; the areas that it gave."""
        raise NotImplementedError

    def changes(self, form: forms.Form) -> Sequence[Fact]:
        """What was filled in, to be looked at before it is done."""
        raise NotImplementedError

    def at(self, told: dict[str, Any]) -> Collection[uuid.UUID]:
        """The areas that change."""
        return [self.area.id]

    def also(self, told: dict[str, Any]) -> Collection[uuid.UUID | None]:
        """Others where it needs the right to."""
        return ()

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        if "again" in request.POST:
            return self._ask(request, self.planned, self.filled)
        sure = "sure" in request.POST
        made = self._do(told, dry_run=not sure)
        if sure:
            messages.success(request, self.done(made))
            return HttpResponseRedirect(reverse("admin:area", args=[made[0]]))
        self.facts = self.changes(self.filled)
        return self._ask(request, self.planned, self.filled)

    def _do(self, told: dict[str, Any], *, dry_run: bool) -> list[uuid.UUID]:
        if not self.counts:
            with transaction.atomic():
                made = self.change(told)
                transaction.set_rollback(dry_run)
            return made
        tried = change_areas(
            actor=self.request.actor,
            area_ids=self.at(told),
            also=self.also(told),
            ends=self.ends,
            change=lambda: self.change(told),
            dry_run=dry_run,
        )
        self.effect = tried.effect
        return tried.result

    def done(self, made: Sequence[uuid.UUID]) -> str:
        """What is said afterwards."""
        return _("Done: %(areas)s") % {"areas": "; ".join(places(made).values())}

    def more(self, request: SiteRequest) -> dict[str, Any]:
        return {"facts": self.facts, "touched": touched(self.effect) if self.effect else None}


class OfChildren(AreaCommand):
    """About what lies right below an area: hamlets of a commune, or communes of a province."""

    key = "parent_id"

    def fits(self, area: Area) -> bool:
        return AreaLevel(area.level) in BELOW

    @property
    def level(self) -> AreaLevel:
        return BELOW[AreaLevel(self.area.level)]


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
