"""The list of what people asked about their own data, and a request's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin import register
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.looks import Look
from accounts.models import DataRequest
from accounts.models.requests import DataRequestKind, DataRequestStatus, DataSubjectType
from accounts.requests.data_requests import SETTLED, find_data_requests
from accounts.site.entries import EntryPage, by_urgency, due_words, of_state
from accounts.site.frame import Text
from accounts.site.lists import Cell, Filter, Query, Row, SiteAdmin, Tool, house
from accounts.site.names import choices, label, places
from accounts.site.request import SiteRequest
from accounts.templatetags.site import day, moment

_TONES = {DataRequestStatus.RECEIVED: "warm", DataRequestStatus.DONE: "good"}
_SHOWN = 90
"""So many letters of what somebody wrote stand in the list."""


def status_tag(entry: DataRequest) -> SafeString:
    """How far a request has come, as a tag."""
    status = DataRequestStatus(entry.status)
    return format_html('<span class="an-tag {}">{}</span>', _TONES.get(status, ""), label(DataRequestStatus, status))


@register(DataRequest, site=house)
class DataRequestsAdmin(SiteAdmin):
    title = gettext_lazy("Requests about personal data")
    subtitle = gettext_lazy("What people ask about their own data, and by when it must be done; the most urgent first.")
    route = "data_requests"
    search = gettext_lazy("Name, or words of the request")
    order = ("place", "id")
    filters = (
        Filter(
            "state",
            gettext_lazy("State"),
            lambda: [("overdue", _("overdue")), ("soon", _("due within 3 days")), *choices(DataRequestStatus)],
        ),
        Filter("kind", gettext_lazy("What is asked for"), lambda: choices(DataRequestKind)),
    )

    def find(self, request: SiteRequest, query: Query) -> QuerySet[DataRequest]:
        found = find_data_requests(actor=request.actor, area=query.area, words=query.words)
        if "kind" in query.chosen:
            found = found.filter(kind=query.chosen["kind"])
        return by_urgency(found.filter(of_state(query.chosen["state"])) if "state" in query.chosen else found)

    def look(self, found: Sequence[DataRequest], asked: Mapping[str, str]) -> Look:
        return Look("data_requests.viewed", "site_data_requests", count=len(found), asked=asked)

    def show(self, request: SiteRequest, found: Sequence[DataRequest]) -> list[Row]:
        named = places(entry.area_id for entry in found)
        return [
            Row(
                (
                    Cell(
                        format_html(
                            '<a href="{}">{}</a><small>{}</small>',
                            reverse("admin:data_request", args=[entry.id]),
                            entry.requester,
                            Truncator(entry.description).chars(_SHOWN),
                        ),
                        _("Who asks"),
                        "main",
                    ),
                    Cell(label(DataRequestKind, entry.kind), _("What is asked for")),
                    Cell(due_words(entry), _("Time left"), "" if entry.due_at else "none"),
                    Cell(status_tag(entry), _("State")),
                    Cell(named.get(entry.area_id, "–"), _("Area")),
                    Cell(day(entry.received_on), _("Received")),
                )
            )
            for entry in found
        ]

    def tools(self, request: SiteRequest) -> Sequence[Tool]:
        return (Tool(_("Enter a request"), reverse("admin:data_request_new"), "plus"),)


class DataRequestPage(EntryPage):
    """`/admin/data_requests/{id}/`."""

    model, listing = DataRequest, DataRequestsAdmin

    def name(self, entry: DataRequest) -> str:
        return entry.requester

    def status(self, entry: DataRequest) -> SafeString:
        return status_tag(entry)

    def facts(self, entry: DataRequest) -> Sequence[tuple[Text, Any]]:
        return (
            (_("What is asked for"), label(DataRequestKind, entry.kind)),
            (_("The data is about"), label(DataSubjectType, entry.subject_type)),
            (_("Its id"), entry.subject_id),
            (_("Why it takes longer"), entry.extended_because),
            (_("Outcome"), entry.outcome),
        )

    def dates(self, entry: DataRequest) -> Sequence[tuple[Text, Any]]:
        return (
            (_("Received"), day(entry.received_on)),
            (_("To be answered by"), day(entry.answer_due_on)),
            (_("Answered"), moment(entry.answered_at)),
            (_("To be carried out by"), day(entry.due_on)),
            (_("Settled"), moment(entry.settled_at)),
        )

    def tools(self, entry: DataRequest) -> Sequence[Tool]:
        if entry.status in SETTLED:
            return ()

        def tool(title: str, command: str, icon: str, *, danger: bool = False) -> Tool:
            return Tool(title, reverse(f"admin:data_request_{command}", args=[entry.id]), icon, danger)

        answer = [tool(_("Answered"), "answer", "check")] if entry.status == DataRequestStatus.RECEIVED else []
        extend = [] if entry.extended_because else [tool(_("More time"), "extend", "clock")]
        return [
            *answer,
            tool(_("Carried out"), "complete", "check"),
            *extend,
            tool(_("Refuse"), "refuse", "alert", danger=True),
        ]
