"""The list of sessions: which phones and browsers people are signed in on."""

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
from accounts.models import Session, User
from accounts.site.lists import Cell, Filter, Query, Row, SiteAdmin, house
from accounts.site.request import SiteRequest
from accounts.site.sign_in import PLATFORM
from accounts.templatetags.site import ago, moment
from api.localtime import now

SILENT = dt.timedelta(days=7)


def of_state(state: str) -> Q:
    """Sessions that are open, open on a phone that has been silent for a week, or over."""
    at = now()
    is_open = Q(ended_at=None, expires_at__gt=at)
    return {
        "open": is_open,
        "silent": is_open & ~Q(platform=PLATFORM) & Q(refreshed_at__lt=at - SILENT),
        "ended": Q(ended_at__isnull=False) | Q(expires_at__lte=at),
    }[state]


def because(session: Session) -> str:
    """Why a session is over, in words."""
    return {
        "signed_out": _("signed out"),
        "idle": _("nobody was there for half an hour"),
        "revoked": _("ended by the owner or an administrator"),
        "replaced": _("signed in again on the same device"),
        "reuse": _("ended: an old key was used twice"),
        "password_changed": _("the password was changed"),
        "activated": _("activated with a new code"),
        "deactivated": _("the account was switched off"),
        "reactivated": _("the account was switched on again"),
        "lost": _("the phone was reported lost"),
        "second_factor_reset": _("the second step was taken away"),
    }.get(session.ended_because or "", _("ended"))


def device_name(session: Session) -> str:
    """A device as people know it."""
    return session.device_name or session.platform or _("A device without a name")


def state_tag(session: Session) -> SafeString:
    """How a session stands, as a tag."""
    at = now()
    if session.ended_at is not None:
        return format_html('<span class="an-tag">{}</span>', because(session))
    if session.expires_at <= at:
        return format_html('<span class="an-tag">{}</span>', _("expired"))
    if session.platform != PLATFORM and session.refreshed_at < at - SILENT:
        return format_html('<span class="an-tag warm">{}</span>', _("silent"))
    return format_html('<span class="an-tag good">{}</span>', _("signed in"))


@register(Session, site=house)
class SessionsAdmin(SiteAdmin):
    title = gettext_lazy("Devices")
    subtitle = gettext_lazy("The phones and browsers on which the people of your area are signed in.")
    route = "sessions"
    filters = (
        Filter(
            "state",
            gettext_lazy("State"),
            lambda: [("open", _("signed in")), ("silent", _("silent for 7 days")), ("ended", _("ended"))],
        ),
    )

    def find(self, request: SiteRequest, query: Query) -> QuerySet[Session]:
        found = visible.sessions(request.actor, within=query.area)
        return found.filter(of_state(query.chosen["state"])) if "state" in query.chosen else found

    def people_in(self, found: Sequence[Session]) -> Sequence[uuid.UUID]:
        return [session.user_id for session in found]

    def show(self, request: SiteRequest, found: Sequence[Session]) -> list[Row]:
        people = User.objects.in_bulk({session.user_id for session in found})
        return [
            Row(
                (
                    Cell(
                        format_html(
                            '<a href="{}">{}</a>',
                            reverse("admin:person", args=[session.user_id]),
                            people[session.user_id].full_name if session.user_id in people else "–",
                        ),
                        _("Name"),
                        "main",
                    ),
                    Cell(device_name(session), _("Device")),
                    Cell(session.app_version or "–", _("App version")),
                    Cell(ago(session.refreshed_at), _("Last used")),
                    Cell(moment(session.created_at), _("Signed in")),
                    Cell(state_tag(session), _("State")),
                )
            )
            for session in found
        ]
