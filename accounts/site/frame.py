"""The frame around the pages of whoever is signed in: the menu, whose area it is, the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Area
from accounts.scoping import SessionActor
from accounts.site.names import area_name
from accounts.site.page import Page
from accounts.site.request import ADMINS, SiteRequest, holds

Text = str | Promise
Crumb = tuple[Text, str]
"""What a page is called, and its address."""

Item = tuple[Text, str, str]
MENU: tuple[tuple[Text, tuple[Item, ...]], ...] = (
    ("", ((_("Start"), "start", "index"),)),
    (
        _("Look after"),
        (
            (_("People"), "person", "people"),
            (_("Teams"), "team", "teams"),
            (_("Areas"), "map", "areas"),
            (_("Roles"), "key", "grants"),
            (_("Devices"), "phone", "sessions"),
            (_("Imports"), "upload", "imports"),
        ),
    ),
    (
        _("Personal data"),
        ((_("Requests"), "letter", "data_requests"), (_("Breaches"), "shield", "breaches")),
    ),
    (_("Look up"), ((_("Audit trail"), "scroll", "trail"),)),
)
"""Groups: the title, and pages as title, icon and the name of the route."""


class FramePage(Page):
    """A page in the frame."""

    def show(
        self,
        template: str,
        *,
        title: Text,
        subtitle: Text = "",
        crumbs: Sequence[Crumb] = (),
        status: int = 200,
        context: Mapping[str, Any] | None = None,
    ) -> TemplateResponse:
        """The template with these values, in the frame."""
        request = self.request
        around = {
            "title": title,
            "subtitle": subtitle,
            "crumbs": [{"title": name, "link": link} for name, link in crumbs],
            "navigation": list(_menu(request)),
            "scope_name": scope_name(request.actor),
        }
        return TemplateResponse(request, template, {**around, **(context or {})}, status=status)


def _menu(request: SiteRequest) -> Iterator[dict[str, Any]]:
    """What is there for whoever asks: who only imports sees nothing else."""
    admin = holds(request.actor, ADMINS)
    for title, items in MENU:
        told = []
        for name, icon, route in items:
            if not admin and route != "imports":
                continue
            link = reverse(f"admin:{route}")
            active = request.path == link or (route != "index" and request.path.startswith(link))
            told.append({"title": name, "icon": icon, "link": link, "active": active})
        if told:
            yield {"title": title, "items": told}


def scope_name(actor: SessionActor) -> str:
    """The areas that somebody looks after, by name; of who is no admin, those of the other roles."""
    admin = holds(actor, ADMINS)
    ids = {holding.area_id for holding in actor.holdings if holding.role == "admin" or not admin}
    return ", ".join(area_name(area) for area in Area.objects.filter(id__in=ids).order_by("name_sort", "id")[:3])
