"""Lists: what somebody looks after, searched, filtered and cut into pages by key, as the API's lists are.

A list is one of unfold's model admins, with the scope as its queryset; saving and deleting by itself are off, since
whatever changes goes through a service.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from accounts import visible
from accounts.looks import Look, at_people
from accounts.pages import page
from accounts.scoping import SessionActor
from accounts.site.frame import Crumb, FramePage, Text
from accounts.site.names import places
from accounts.site.request import SiteRequest
from api.problems import Problem

PAGE_SIZE = 50
_LONGEST_QUERY = 100

house = UnfoldAdminSite(name="admin")
"""Where the lists are registered; its routes are ours (accounts.site.urls)."""


@dataclass(frozen=True)
class Filter:
    """A choice beside the search: the parameter, what it is called, and its values with their labels."""

    name: str
    title: Text
    choices: Callable[[], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Cell:
    """One column of a row; `css` is `main` for what a row is known by."""

    html: SafeString | str
    title: Text = ""
    css: str = ""


@dataclass(frozen=True)
class Row:
    """A row, and the value of its box where rows can be chosen."""

    cells: Sequence[Cell]
    chosen: str = ""


@dataclass(frozen=True)
class Tool:
    """A button above a list, or for the rows chosen in it."""

    title: Text
    link: str
    icon: str = ""
    danger: bool = False


@dataclass
class Query:
    """What was asked of a list."""

    words: str = ""
    area: uuid.UUID | None = None
    chosen: dict[str, str] = field(default_factory=dict)


class SiteAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A list. Subclasses say what is in it (`find`) and how it looks (`show`)."""

    title: ClassVar[Text]
    subtitle: ClassVar[Text] = ""
    route: ClassVar[str]
    search: ClassVar[Text] = ""
    """What the search looks in; empty for a list without one."""
    by_area: ClassVar[bool] = True
    filters: ClassVar[tuple[Filter, ...]] = ()
    order: ClassVar[tuple[str, ...]] = ("-id",)
    nothing: ClassVar[Text] = _("Nothing fits. Try other words or fewer filters.")

    def find(self, request: SiteRequest, query: Query) -> QuerySet[Any]:
        """What whoever asks looks after, and of that, what fits."""
        raise NotImplementedError

    def show(self, request: SiteRequest, found: Sequence[Any]) -> list[Row]:
        """These as rows, in as many queries for fifty as for one."""
        raise NotImplementedError

    def people_in(self, found: Sequence[Any]) -> Sequence[uuid.UUID]:
        """Whose accounts these rows show."""
        return ()

    def look(self, found: Sequence[Any], asked: Mapping[str, str]) -> Look | None:
        """Whose data these rows show, as an event to be."""
        return at_people(f"site_{self.route}", self.people_in(found), asked)

    def tools(self, request: SiteRequest) -> Sequence[Tool]:
        return ()

    def bulk(self, request: SiteRequest) -> Sequence[Tool]:
        """What can be done with the rows that are chosen."""
        return ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.find(request, Query())  # type: ignore[arg-type]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def save_model(self, *args: object, **kwargs: object) -> NoReturn:
        raise NotImplementedError("services write, nothing else")

    delete_model = delete_queryset = save_related = save_formset = save_model


class ListPage(FramePage):
    """The page of a list."""

    model: type[Model] = Model

    def get(self, request: SiteRequest) -> HttpResponse:
        site_admin = house.get_model_admin(self.model)
        assert isinstance(site_admin, SiteAdmin)
        query = self._query(site_admin, request)
        rows = site_admin.find(request, query)
        try:
            found, after = page(
                rows,
                order=site_admin.order,
                actor=request.actor,
                what=site_admin.route,
                query=request.GET.dict(),
                limit=PAGE_SIZE,
            )
        except Problem:
            raise Http404 from None  # a cursor of somebody else's
        asked = query.chosen | {"area": str(query.area or ""), "q": query.words}
        self.seen = site_admin.look(found, asked)
        return self.show(
            "site/list.html",
            title=site_admin.title,
            subtitle=site_admin.subtitle,
            context={
                "list": site_admin,
                "rows": site_admin.show(request, found),
                "tools": site_admin.tools(request),
                "bulk": site_admin.bulk(request),
                "query": query,
                "filters": _filters(site_admin, query),
                "area": chosen_area(request.actor, query.area),
                "areas_link": f"{reverse('admin:areas')}?{urlencode({'for': request.get_full_path()})}",
                "here": reverse(f"admin:{site_admin.route}"),
                "next": _with(request, cursor=after) if after else "",
                "first": _with(request, cursor=None) if "cursor" in request.GET else "",
                "filtered": bool(query.words or query.area or query.chosen),
                "without_area": _with(request, area=None, cursor=None),
            },
        )

    @staticmethod
    def _query(site_admin: SiteAdmin, request: SiteRequest) -> Query:
        """What was asked for; values that aren't on offer are as if they weren't there."""
        chosen = {}
        for each in site_admin.filters:
            value = request.GET.get(each.name, "")
            if value in {known for known, _ in each.choices()}:
                chosen[each.name] = value
        try:
            area = uuid.UUID(request.GET["area"]) if site_admin.by_area and request.GET.get("area") else None
        except ValueError:
            raise Http404 from None
        words = request.GET.get("q", "")[:_LONGEST_QUERY].replace("\x00", "").strip() if site_admin.search else ""
        return Query(words=words, area=area, chosen=chosen)


def _filters(site_admin: SiteAdmin, query: Query) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "title": each.title, "choices": each.choices(), "value": query.chosen.get(each.name, "")}
        for each in site_admin.filters
    ]


def chosen_area(actor: SessionActor, area_id: uuid.UUID | None) -> dict[str, object] | None:
    """The area that a list is filtered by; without a name if it is none of the own."""
    if area_id is None:
        return None
    own = visible.areas(actor).filter(id=area_id).exists()
    return {"id": area_id, "name": places([area_id]).get(area_id, "") if own else ""}


def _with(request: SiteRequest, **changed: str | None) -> str:
    """This page's address with other parameters."""
    values: Mapping[str, Any] = {**request.GET.dict(), **changed}
    kept = {name: value for name, value in values.items() if value}
    return f"?{urlencode(kept)}" if kept else request.path


def crumb(admin: type[SiteAdmin]) -> Crumb:
    """The way back to a list."""
    return admin.title, reverse(f"admin:{admin.route}")
