"""What is done about a request: entered, answered, given more time, carried out, refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import DataRequest
from accounts.models.requests import DataRequestKind, DataRequestStatus, DataSubjectType
from accounts.requests import data_requests
from accounts.requests.data_requests import DAYS, SETTLED
from accounts.requests.working_days import days_after
from accounts.site.command import Plan
from accounts.site.data_requests import DataRequestsAdmin
from accounts.site.entries import EntryCommand, NewEntry
from accounts.site.fields import Day, Words
from accounts.site.frame import Text
from accounts.site.lists import crumb
from accounts.site.names import choices
from accounts.site.request import SiteRequest
from accounts.templatetags.site import day
from api.ids import uuid7


class NewRequestForm(forms.Form):
    id = forms.UUIDField(widget=forms.HiddenInput)  # so that what is sent twice is one request
    area_id = forms.UUIDField(widget=forms.HiddenInput)
    requester = forms.CharField(
        label=gettext_lazy("Who asks"),
        help_text=gettext_lazy("Full name, and how to reach them."),
        max_length=300,
    )
    kind = forms.ChoiceField(label=gettext_lazy("What is asked for"), choices=lambda: choices(DataRequestKind))
    description = Words(gettext_lazy("The request, in their own words"))
    subject_type = forms.ChoiceField(
        label=gettext_lazy("The data is about"), choices=lambda: choices(DataSubjectType), initial="other"
    )
    subject_id = forms.UUIDField(
        label=gettext_lazy("Id of the account, household or pledge"),
        help_text=gettext_lazy("A household or a pledge can be erased from here once its id is known."),
        required=False,
    )
    received_on = Day(gettext_lazy("Received"), today=True)


class EnterRequest(NewEntry):
    """`/admin/data_requests/new/`: somebody called, came, or wrote a letter."""

    button, form_class = gettext_lazy("Enter the request"), NewRequestForm

    def plan(self, request: SiteRequest) -> Plan:
        told = [
            _("The law's days run from the day on which it was received: two working days for an answer."),
            _("Whoever looks after the area is reminded before the time is over, and once it is."),
        ]
        return Plan(_("Enter a request"), told, reverse("admin:data_requests"), [crumb(DataRequestsAdmin)])

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        return super().initial(request) | {"id": uuid7()}

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        made = data_requests.receive(actor=request.actor, **told | {"area_id": self.require_area(request)})
        messages.success(request, _("The request is entered."))
        return HttpResponseRedirect(reverse("admin:data_request", args=[made.id]))


class RequestCommand(EntryCommand):
    """About one request."""

    model, listing, page = DataRequest, DataRequestsAdmin, "data_request"
    entry: DataRequest

    @property
    def name(self) -> str:
        return self.entry.requester

    def nothing(self) -> Text:
        return _("The request is settled already.") if self.entry.status in SETTLED else ""


class Answer(RequestCommand):
    """The requester was told that it came, and how it goes on."""

    button = gettext_lazy("The answer was given")

    def heading(self) -> Text:
        return _("%(name)s was answered") % {"name": self.name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("The requester was told that the request came, how it goes on, and until when."),
            _("It is to be carried out by %(day)s.") % {"day": day(self.entry.due_on)},
        ]

    def nothing(self) -> Text:
        answered = self.entry.status != DataRequestStatus.RECEIVED
        return super().nothing() or (_("The requester was answered already.") if answered else "")

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        data_requests.answer(actor=request.actor, id=self.entry.id)
        return _("The answer is noted.")


class BecauseForm(forms.Form):
    because = Words(gettext_lazy("Why it takes longer"), most=1000)


class Extend(RequestCommand):
    """As many days more, once."""

    button, form_class = gettext_lazy("Take more time"), BecauseForm

    def heading(self) -> Text:
        return _("More time for the request of %(name)s") % {"name": self.name}

    def consequences(self) -> Sequence[Text]:
        longer = days_after(self.entry.due_on, DAYS[DataRequestKind(self.entry.kind)])
        told = {"before": day(self.entry.due_on), "after": day(longer)}
        return [
            _("It is then to be carried out by %(after)s instead of %(before)s. This can be done once.") % told,
            _("Tell the requester the reason."),
        ]

    def nothing(self) -> Text:
        extended = self.entry.extended_because is not None
        return super().nothing() or (_("More time was taken already; it can be done once.") if extended else "")

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        found = data_requests.extend(actor=request.actor, id=self.entry.id, **told)
        return _("It is now to be carried out by %(day)s.") % {"day": day(found.due_on)}


class OutcomeForm(forms.Form):
    outcome = Words(gettext_lazy("What was done"))


class ErasingForm(OutcomeForm):
    erase = forms.BooleanField(
        label=gettext_lazy("Erase it now"),
        help_text=gettext_lazy("With old versions, ID number, pledges and scans, on phones too; for good."),
        required=False,
    )


class Complete(RequestCommand):
    """What was asked for was done."""

    button = gettext_lazy("It was carried out")

    def heading(self) -> Text:
        return _("The request of %(name)s was carried out") % {"name": self.name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("The request is settled, and can't be opened again."),
            _("It stays in the register for five years, with who did what and when."),
        ]

    def form(self, request: SiteRequest) -> forms.Form:
        kind = ErasingForm if data_requests.can_be_erased(self.entry) else OutcomeForm
        return kind(request.POST) if request.method == "POST" else kind()

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        data_requests.settle(actor=request.actor, id=self.entry.id, refused=False, **told)
        return _("The request is settled.")


class RefusalForm(forms.Form):
    outcome = Words(gettext_lazy("The reason that the law gives"))


class Refuse(RequestCommand):
    """It is refused, for a reason that the law gives."""

    button, danger, form_class = gettext_lazy("Refuse the request"), True, RefusalForm

    def heading(self) -> Text:
        return _("Refuse the request of %(name)s") % {"name": self.name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("Only for a reason that the law gives. Tell the requester which."),
            _("The request is settled, and can't be opened again."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        data_requests.settle(actor=request.actor, id=self.entry.id, refused=True, **told)
        return _("The request is refused.")
