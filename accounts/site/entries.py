"""What the pages of both registers of personal data share: time left in words, an entry's page, and its story."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import BigIntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Extract
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.looks import Look
from accounts.models import Area, AuditEvent, Breach, DataRequest, User
from accounts.models.requests import Entry
from accounts.requests.deadlines import REPORT_AHEAD, due_of
from accounts.requests.entries import SOON, TYPES, due_soon, entry_of, overdue
from accounts.site.area_choice import area_choice, chosen_area
from accounts.site.command import Command, Plan
from accounts.site.frame import Crumb, FramePage, Text
from accounts.site.lists import SiteAdmin, Tool, crumb
from accounts.site.names import places
from accounts.site.request import SiteRequest
from accounts.site.wording import step_words
from accounts.templatetags.site import day, moment
from api.localtime import local_day, now
from api.problems import Problem

_FAR = 100_000_000_000
_HOUR, _TWO_DAYS = 3600, dt.timedelta(days=2)


def by_urgency(found: QuerySet[Any]) -> QuerySet[Any]:
    """With `place`, a number to order by: what is due first comes first, and the newest of what is settled."""
    due, made = (Cast(Extract(column, "epoch"), BigIntegerField()) for column in ("due_at", "created_at"))
    return found.annotate(place=Coalesce(due, Value(_FAR) - made))


def of_state(state: str) -> Q:
    """Entries that are overdue, due soon, or have this status."""
    return {"overdue": overdue(), "soon": due_soon()}.get(state, Q(status=state))


def time_left(entry: Entry) -> str:
    """How long there is until the next step, or since when it is overdue: of requests in days, of breaches in hours."""
    if entry.due_at is None:
        return ""
    if isinstance(entry, DataRequest):
        return _days_left((_last_day(entry.due_at) - local_day(now())).days)
    left = entry.due_at - now()
    if left < -_TWO_DAYS:
        return _days_left(left.days + 1)
    hours = int(abs(left.total_seconds()) // _HOUR)
    if left > dt.timedelta(0):
        told = ngettext("%(n)d hour left", "%(n)d hours left", hours) if hours else _("less than an hour left")
    else:
        told = ngettext("%(n)d hour overdue", "%(n)d hours overdue", hours) if hours else _("just overdue")
    return told % {"n": hours}


def _days_left(days: int) -> str:
    if days == 0:
        return _("due today")
    if days < 0:
        return ngettext("%(n)d day overdue", "%(n)d days overdue", -days) % {"n": -days}
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}


def _last_day(end: dt.datetime) -> dt.date:
    """The day that ends at this moment."""
    return local_day(end) - dt.timedelta(days=1)


def due_tag(entry: Entry) -> SafeString | str:
    """The time left as a tag, by how much it presses."""
    if entry.due_at is None:
        return "–"
    left, soon = entry.due_at - now(), REPORT_AHEAD if isinstance(entry, Breach) else SOON
    tone = "bad" if left <= dt.timedelta(0) else "warm" if left <= soon else ""
    return format_html('<span class="an-tag {}">{}</span>', tone, time_left(entry))


def due_words(entry: Entry) -> SafeString | str:
    """The time left, and below it what has to be done until when."""
    due = due_of(entry)
    if due is None:
        return "–"
    until = moment(due.at) if isinstance(entry, Breach) else day(_last_day(due.at))
    what = {
        "answer": _("answer by %(until)s"),
        "settle": _("carry out by %(until)s"),
        "report": _("report by %(until)s"),
    }[due.step] % {"until": until}
    return format_html("{}<small>{}</small>", due_tag(entry), what)


def story(entry: Entry) -> list[dict[str, Any]]:
    """What was done about it, when and by whom, from its beginning; looks stand in the trail alone. Two queries."""
    about = AuditEvent.objects.filter(subject_type=TYPES[type(entry)], subject_id=entry.id)
    events = [event for event in about.order_by("at", "id")[:200] if not event.name.endswith(".viewed")]
    people = User.objects.in_bulk({event.user_id for event in events if event.user_id})
    return [
        {
            "what": step_words(event.name),
            "at": event.at,
            "who": people[event.user_id].full_name if event.user_id in people else _("the server"),
        }
        for event in events
    ]


def look_at(entry: Entry, what: str) -> Look | None:
    """The look that showing an entry is; breaches name nobody."""
    if isinstance(entry, Breach):
        return None
    return Look("data_requests.viewed", what, (), 1, ("data_request", entry.id), entry.area_id)


class EntryPage(FramePage):
    """The page of one entry: what it is, until when what has to be done, what was done, and what can be."""

    model: ClassVar[type[Entry]]
    listing: ClassVar[type[SiteAdmin]]

    def get(self, request: SiteRequest, **ids: uuid.UUID) -> HttpResponse:
        [entry_id] = ids.values()
        entry = entry_of(self.model, request.actor, entry_id)
        self.seen = look_at(entry, "site_data_request")
        return self.show(
            "site/entry.html",
            title=self.name(entry),
            crumbs=[crumb(self.listing)],
            context={
                "place": places([entry.area_id]).get(entry.area_id, ""),
                "status": self.status(entry),
                "due": due_tag(entry) if entry.due_at else "",
                "text": entry.description,
                "facts": [(what, value) for what, value in self.facts(entry) if value],
                "dates": self.dates(entry),
                "story": story(entry),
                "tools": self.tools(entry),
            },
        )

    def name(self, entry: Any) -> str:
        raise NotImplementedError

    def status(self, entry: Any) -> SafeString:
        raise NotImplementedError

    def facts(self, entry: Any) -> Sequence[tuple[Text, Any]]:
        raise NotImplementedError

    def dates(self, entry: Any) -> Sequence[tuple[Text, Any]]:
        raise NotImplementedError

    def tools(self, entry: Any) -> Sequence[Tool]:
        raise NotImplementedError


class EntryCommand(Command):
    """About one entry."""

    model: ClassVar[type[Entry]]
    listing: ClassVar[type[SiteAdmin]]
    page: ClassVar[str]
    entry: Any

    def plan(self, request: SiteRequest) -> Plan:
        [entry_id] = self.kwargs.values()
        self.entry = entry_of(self.model, request.actor, entry_id)
        self.seen = look_at(self.entry, "site_data_request_command")
        page = reverse(f"admin:{self.page}", args=[self.entry.id])
        crumbs: list[Crumb] = [crumb(self.listing), (self.name, page)]
        return Plan(self.heading(), self.consequences(), page, crumbs, nothing=self.nothing())

    @property
    def name(self) -> str:
        raise NotImplementedError

    def nothing(self) -> Text:
        """Why there is nothing to do any more, where that is so."""
        return ""


class NewEntry(Command):
    """A new entry of an area: the own one, unless another is chosen."""

    template = "site/grant.html"

    def area_of(self, request: SiteRequest) -> Area | None:
        own = next((h.area_id for h in request.actor.holdings if h.role == "admin"), None)
        return chosen_area(request, otherwise=own)

    def more(self, request: SiteRequest) -> dict[str, Any]:
        return area_choice(request, self.area_of(request))

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        area = self.area_of(request)
        return {"area_id": area.id if area else None}

    def require_area(self, request: SiteRequest) -> uuid.UUID:
        """The area that was chosen, if it is one of the own. Raises Problem `not_found`."""
        area = self.area_of(request)
        if area is None:
            raise Problem("not_found")
        return area.id
