"""The list of roles over areas."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.contrib.admin import register
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import visible
from accounts.models import Grant, User
from accounts.roles import GrantRole
from accounts.site.lists import Cell, Filter, Query, Row, SiteAdmin, house
from accounts.site.names import choices, label, places
from accounts.site.request import SiteRequest
from accounts.templatetags.site import day
from api.localtime import now

SOON = dt.timedelta(days=30)


def of_state(state: str) -> Q:
    """Grants that hold, wait for a second person, end soon, or have ended."""
    moment = now()
    unended = Q(ends_at=None) | Q(ends_at__gt=moment)
    confirmed = Q(confirmed_at__isnull=False)
    return {
        "holding": unended & confirmed & Q(starts_at__lte=moment),
        "waiting": unended & Q(confirmed_at=None),
        "expiring": Q(ends_at__gt=moment, ends_at__lte=moment + SOON) & confirmed,
        "ended": Q(ends_at__lte=moment),
    }[state]


def state_tag(grant: Grant) -> SafeString:
    """How a grant stands, as a tag."""
    moment = now()
    if grant.ends_at is not None and grant.ends_at <= moment:
        tone, text = "", _("ended")
    elif grant.confirmed_at is None:
        tone, text = "warm", _("waits for a second person")
    elif grant.starts_at > moment:
        tone, text = "", _("from %(day)s") % {"day": day(grant.starts_at)}
    elif grant.ends_at is not None and grant.ends_at <= moment + SOON:
        tone, text = "warm", _("ends soon")
    else:
        tone, text = "good", _("holds")
    return format_html('<span class="an-tag {}">{}</span>', tone, text)


@register(Grant, site=house)
class GrantsAdmin(SiteAdmin):
    title = gettext_lazy("Roles")
    subtitle = gettext_lazy("Who holds a role over an area and all below it, since when and until when.")
    route = "grants"
    filters = (
        Filter(
            "state",
            gettext_lazy("State"),
            lambda: [
                ("holding", _("holds")),
                ("expiring", _("ends within 30 days")),
                ("waiting", _("waits for a second person")),
                ("ended", _("ended")),
            ],
        ),
        Filter("role", gettext_lazy("Role"), lambda: choices(GrantRole)),
    )

    def find(self, request: SiteRequest, query: Query) -> QuerySet[Grant]:
        found = visible.grants(request.actor, within=query.area)
        if state := query.chosen.get("state"):
            found = found.filter(of_state(state))
        return found.filter(role=query.chosen["role"]) if "role" in query.chosen else found

    def people_in(self, found: Sequence[Grant]) -> Sequence[uuid.UUID]:
        return [grant.user_id for grant in found]

    def show(self, request: SiteRequest, found: Sequence[Grant]) -> list[Row]:
        people = User.objects.in_bulk({grant.user_id for grant in found})
        named = places(grant.area_id for grant in found)
        return [
            Row(
                (
                    Cell(
                        format_html(
                            '<a href="{}">{}</a>',
                            reverse("admin:person", args=[grant.user_id]),
                            people[grant.user_id].full_name if grant.user_id in people else "–",
                        ),
                        _("Name"),
                        "main",
                    ),
                    Cell(label(GrantRole, grant.role), _("Role")),
                    Cell(named.get(grant.area_id, "–"), _("Area")),
                    Cell(state_tag(grant), _("State")),
                    Cell(day(grant.starts_at), _("From")),
                    Cell(day(grant.ends_at) if grant.ends_at else _("no end"), _("Until")),
                )
            )
            for grant in found
        ]
