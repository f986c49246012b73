"""What all changes of an area on the site share: filled in, tried, and done once it is looked at.

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

from accounts import visible
from accounts.areas.effects import Effect, change_areas
from accounts.areas.names import AreaLevel
from accounts.models import Area
from accounts.site.area_page import BELOW, crumbs_of
from accounts.site.command import Command, Plan
from accounts.site.effects import touched
from accounts.site.frame import Text
from accounts.site.names import area_name, places
from accounts.site.request import SiteRequest
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
