"""Commands: a page that says what will happen, a button, and a service that does it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from accounts.site.faults import blame
from accounts.site.frame import Crumb, FramePage, Text
from accounts.site.request import SiteRequest
from api.problems import Problem


@dataclass(frozen=True)
class Plan:
    """What a command is about to do: its title, what will happen line by line, and where to go back to."""

    title: Text
    consequences: Sequence[Text]
    back: str
    crumbs: Sequence[Crumb] = ()
    nothing: Text = ""
    """Why there is nothing to do, where that is so: told instead of asking."""


class Command(FramePage):
    """Asks first, then does. `plan` finds what it is about, by the address's ids (`self.kwargs`); `run` does it.

    Beyond the own areas `plan` raises Problem `not_found`.
    """

    button: ClassVar[Text] = _("Do it")
    danger: ClassVar[bool] = False
    form_class: ClassVar[type[forms.Form] | None] = None
    template: ClassVar[str] = "site/command.html"
    filled: Any
    """The form as it was sent, once it is right."""

    def plan(self, request: SiteRequest) -> Plan:
        raise NotImplementedError

    def heading(self) -> Text:
        """The title, for plans that a family of commands makes."""
        raise NotImplementedError

    def consequences(self) -> Sequence[Text]:
        """What will happen, line by line, for such plans."""
        return []

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text | HttpResponse:
        """By a service. What it returns is said on the page that one comes back to, or is the page itself."""
        raise NotImplementedError

    def form(self, request: SiteRequest) -> forms.Form:
        """The form, filled in as far as it was sent."""
        kind = self.form_class or forms.Form
        return kind(request.POST, request.FILES) if request.method == "POST" else kind(initial=self.initial(request))

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        return {}

    def more(self, request: SiteRequest) -> dict[str, Any]:
        """What else the template needs."""
        return {}

    def get(self, request: SiteRequest, **ids: Any) -> HttpResponse:
        return self._ask(request, self.plan(request), self.form(request))

    def post(self, request: SiteRequest, **ids: Any) -> HttpResponse:
        plan, form = self.plan(request), self.form(request)
        if not form.is_valid():
            return self._ask(request, plan, form, status=422)
        self.filled = form
        try:
            # What a refusal leaves half done goes with it.
            with transaction.atomic() if self.transaction == "write" else contextlib.nullcontext():
                done = self.run(request, form.cleaned_data)
        except Problem as problem:
            if problem.status == 404:
                raise
            blame(form, problem)
            return self._ask(request, plan, form, status=problem.status)
        if isinstance(done, HttpResponse):
            return done
        messages.success(request, str(done))
        return HttpResponseRedirect(plan.back)

    def _ask(self, request: SiteRequest, plan: Plan, form: forms.Form, status: int = 200) -> HttpResponse:
        context = {"plan": plan, "form": form, "button": self.button, "danger": self.danger}
        return self.show(
            self.template,
            title=plan.title,
            crumbs=plan.crumbs,
            status=status,
            context={**context, **self.more(request)},
        )
