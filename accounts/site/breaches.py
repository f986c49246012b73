"""The list of breaches of personal data, a breach's page, and what is done about one: entered, reported, closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import register
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.looks import Look
from accounts.models import Breach
from accounts.models.requests import BreachStatus
from accounts.requests import breaches
from accounts.site.command import Plan
from accounts.site.entries import EntryCommand, EntryPage, NewEntry, by_urgency, due_words, of_state
from accounts.site.fields import Moment, Words
from accounts.site.frame import Text
from accounts.site.lists import Cell, Filter, Query, Row, SiteAdmin, Tool, crumb, house
from accounts.site.names import choices, label, places
from accounts.site.request import SiteRequest
from accounts.templatetags.site import count, moment
from api.ids import uuid7

_TONES = {BreachStatus.OPEN: "warm", BreachStatus.CLOSED: "good"}
_SHOWN, _NAME = 120, 60


def status_tag(entry: Breach) -> SafeString:
    """How far a breach has come, as a tag."""
    status = BreachStatus(entry.status)
    return format_html('<span class="an-tag {}">{}</span>', _TONES.get(status, ""), label(BreachStatus, status))


def name_of(entry: Breach) -> str:
    """What a breach is called: the beginning of what happened."""
    return Truncator(entry.description).chars(_NAME)


@register(Breach, site=house)
class BreachesAdmin(SiteAdmin):
    title = gettext_lazy("Breaches of personal data")
    subtitle = gettext_lazy(
        "Data that was lost, altered or shown to strangers. The authority hears of it within 72 hours."
    )
    route = "breaches"
    search = gettext_lazy("Words of what happened")
    order = ("place", "id")
    filters = (Filter("state", gettext_lazy("State"), lambda: [("overdue", _("overdue")), *choices(BreachStatus)]),)

    def find(self, request: SiteRequest, query: Query) -> QuerySet[Breach]:
        found = breaches.find_breaches(actor=request.actor, area=query.area, words=query.words)
        return by_urgency(found.filter(of_state(query.chosen["state"])) if "state" in query.chosen else found)

    def look(self, found: Sequence[Breach], asked: Any) -> Look | None:
        return None  # they name nobody

    def show(self, request: SiteRequest, found: Sequence[Breach]) -> list[Row]:
        named = places(entry.area_id for entry in found)
        return [
            Row(
                (
                    Cell(
                        format_html(
                            '<a href="{}">{}</a>',
                            reverse("admin:breach", args=[entry.id]),
                            Truncator(entry.description).chars(_SHOWN),
                        ),
                        _("What happened"),
                        "main",
                    ),
                    Cell(due_words(entry), _("Time left"), "" if entry.due_at else "none"),
                    Cell(status_tag(entry), _("State")),
                    Cell(count(entry.affected), _("People affected"), "an-number"),
                    Cell(named.get(entry.area_id, "–"), _("Area")),
                    Cell(moment(entry.noticed_at), _("Noticed")),
                )
            )
            for entry in found
        ]

    def tools(self, request: SiteRequest) -> Sequence[Tool]:
        return (Tool(_("Enter a breach"), reverse("admin:breach_new"), "plus"),)


class BreachPage(EntryPage):
    """`/admin/breaches/{id}/`."""

    model, listing = Breach, BreachesAdmin

    def name(self, entry: Breach) -> str:
        return name_of(entry)

    def status(self, entry: Breach) -> SafeString:
        return status_tag(entry)

    def facts(self, entry: Breach) -> Sequence[tuple[Text, Any]]:
        return (
            (_("People affected"), None if entry.affected is None else count(entry.affected)),
            (_("What was done at once"), entry.measures),
            (_("Reference of the report"), entry.reference),
            (_("Outcome"), entry.outcome),
        )

    def dates(self, entry: Breach) -> Sequence[tuple[Text, Any]]:
        return (
            (_("Happened"), moment(entry.happened_at)),
            (_("Noticed"), moment(entry.noticed_at)),
            (_("To be reported by"), moment(entry.report_due_at)),
            (_("Reported"), moment(entry.reported_at)),
            (_("Closed"), moment(entry.closed_at)),
        )

    def tools(self, entry: Breach) -> Sequence[Tool]:
        steps = [
            (entry.reported_at, Tool(_("Reported"), reverse("admin:breach_report", args=[entry.id]), "check")),
            (entry.closed_at, Tool(_("Close"), reverse("admin:breach_close", args=[entry.id]), "check")),
        ]
        return [tool for taken, tool in steps if not taken]


class NewBreachForm(forms.Form):
    id = forms.UUIDField(widget=forms.HiddenInput)  # so that what is sent twice is one breach
    area_id = forms.UUIDField(widget=forms.HiddenInput)
    description = Words(gettext_lazy("What happened, without names"))
    noticed_at = Moment(gettext_lazy("Noticed"), current=True)
    happened_at = Moment(gettext_lazy("Happened"), required=False)
    affected = forms.IntegerField(
        label=gettext_lazy("People affected"), min_value=0, max_value=200_000_000, required=False
    )
    measures = Words(gettext_lazy("What was done at once"), required=False)


class EnterBreach(NewEntry):
    """`/admin/breaches/new/`."""

    button, form_class = gettext_lazy("Enter the breach"), NewBreachForm

    def plan(self, request: SiteRequest) -> Plan:
        told = [
            _("From the moment at which it was noticed the authority has to hear of it within 72 hours."),
            _("Whoever looks after the area is reminded a day before, and once the time is over."),
        ]
        return Plan(_("Enter a breach"), told, reverse("admin:breaches"), [crumb(BreachesAdmin)])

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        return super().initial(request) | {"id": uuid7()}

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        given = told | {"area_id": self.require_area(request), "measures": told["measures"] or None}
        made = breaches.notice(actor=request.actor, **given)
        messages.success(request, _("The breach is entered."))
        return HttpResponseRedirect(reverse("admin:breach", args=[made.id]))


class BreachCommand(EntryCommand):
    """About one breach."""

    model, listing, page = Breach, BreachesAdmin, "breach"
    entry: Breach

    @property
    def name(self) -> str:
        return name_of(self.entry)


class ReportForm(forms.Form):
    reported_at = Moment(gettext_lazy("Reported"), current=True)
    reference = forms.CharField(label=gettext_lazy("Reference of the report"), max_length=200)


class Report(BreachCommand):
    """The authority was told."""

    button, form_class = gettext_lazy("It was reported"), ReportForm

    def heading(self) -> Text:
        return _("The breach was reported")

    def consequences(self) -> Sequence[Text]:
        return [_("Whether it was in time stands in the audit trail. Nobody is reminded of it any more.")]

    def nothing(self) -> Text:
        return _("It was reported already.") if self.entry.reported_at else ""

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        noticed = self.entry.noticed_at
        if told["reported_at"] == noticed.replace(second=0, microsecond=0):  # a form knows no seconds
            told["reported_at"] = noticed
        breaches.report(actor=request.actor, id=self.entry.id, **told)
        return _("The report is noted.")


class ClosingForm(forms.Form):
    outcome = Words(gettext_lazy("What came of it"))


class Close(BreachCommand):
    """It is over."""

    button, form_class = gettext_lazy("Close the breach"), ClosingForm

    def heading(self) -> Text:
        return _("Close the breach")

    def consequences(self) -> Sequence[Text]:
        unreported = [_("It was not reported: say why it needed no report.")] if not self.entry.reported_at else []
        return [*unreported, _("It stays in the register for five years, with who did what and when.")]

    def nothing(self) -> Text:
        return _("It is closed already.") if self.entry.closed_at else ""

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        breaches.close(actor=request.actor, id=self.entry.id, **told)
        return _("The breach is closed.")
