"""The audit trail: who did what, in one's areas."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.audit import Selection, Told, page
from accounts.events import event_names
from accounts.looks import at_events
from accounts.models import User
from accounts.site.frame import FramePage
from accounts.site.lists import chosen_area
from accounts.site.names import places
from accounts.site.request import SiteRequest
from accounts.site.wording import event_words
from api.listing import as_day
from api.pagination import decode_cursor, encode_cursor
from api.problems import Problem


class TrailPage(FramePage):
    """`/admin/audit/`."""

    def get(self, request: SiteRequest) -> HttpResponse:
        chosen = _selection(request)
        scope = f"site-audit {request.actor.user_id} {sorted(chosen.told.items())}"
        found = page(actor=request.actor, chosen=chosen, after=_after(request, scope))
        self.seen = at_events("site_trail", len(found.events), chosen.told)
        kept = {name: value for name, value in request.GET.items() if value and name != "cursor"}
        cursor = encode_cursor([found.end[0].isoformat(), str(found.end[1])], scope) if found.end else ""
        people = User.objects.in_bulk({event.subject_id for event in found.events if event.subject_type == "user"})
        named = places(event.area_id for event in found.events)
        return self.show(
            "site/trail.html",
            title=_("Audit trail"),
            subtitle=_("Every change of accounts, roles, teams and areas in your area, and who made it."),
            context={
                "events": [_row(event, people, named) for event in found.events],
                "names": sorted(((name, event_words(name)) for name in event_names()), key=lambda pair: pair[1]),
                "chosen": chosen,
                "area": chosen_area(request.actor, chosen.area),
                "areas_link": f"{reverse('admin:areas')}?{urlencode({'for': request.get_full_path()})}",
                "next": f"?{urlencode({**kept, 'cursor': cursor})}" if cursor else "",
                "filtered": bool(chosen.told),
                "paged": "cursor" in request.GET,
            },
        )


def _selection(request: SiteRequest) -> Selection:
    """What was asked for. What makes no sense is 404, as everything is that isn't there."""
    asked = request.GET
    name = asked.get("name") or None
    try:
        days = {each: as_day(each, asked[each]) for each in ("since", "until") if asked.get(each)}
        ids = {each: uuid.UUID(asked[each]) for each in ("area", "user", "about") if asked.get(each)}
    except (ValueError, Problem):
        raise Http404 from None
    return Selection(name=name if name in event_names() else None, **days, **ids)  # type: ignore[arg-type]


def _after(request: SiteRequest, scope: str) -> tuple[dt.datetime, uuid.UUID] | None:
    if not request.GET.get("cursor"):
        return None
    try:
        at, last = decode_cursor(request.GET["cursor"], scope)
    except Problem:
        raise Http404 from None
    return dt.datetime.fromisoformat(str(at)), uuid.UUID(str(last))


def _row(event: Told, people: dict[uuid.UUID, User], named: dict[uuid.UUID, str]) -> dict[str, object]:
    subject = people.get(event.subject_id) if event.subject_id else None
    return {
        "at": event.at,
        "what": event_words(event.name),
        "who": event.user_name or event.details.get("reason") or _("the server"),
        "where": named.get(event.area_id, "") if event.area_id else "",
        "person": subject,
    }
