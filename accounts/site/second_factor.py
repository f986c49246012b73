"""One's own second step: set up with an app, confirmed by a first code; the recovery codes are shown once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import second_factor
from accounts.site.faults import blame
from accounts.site.fields import OneTimeCode, Password
from accounts.site.frame import FramePage
from accounts.site.request import SiteRequest
from api.problems import Problem


class PasswordForm(forms.Form):
    password = Password(gettext_lazy("Your password"))


class CodeForm(forms.Form):
    code = OneTimeCode(gettext_lazy("Six digits from the app"))


class SecondFactorPage(FramePage):
    """`/admin/second_factor/`: for whoever is signed in, since it may be what an admin lacks."""

    for_admins = False
    # Attempts count whatever becomes of them.
    transaction = "none"

    def get(self, request: SiteRequest) -> HttpResponse:
        return self._page(request, PasswordForm())

    def post(self, request: SiteRequest) -> HttpResponse:
        begun = "code" in request.POST
        form = (CodeForm if begun else PasswordForm)(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        try:
            if begun:
                codes = second_factor.confirm(actor=request.actor, code=form.cleaned_data["code"])
                return self._page(request, None, codes=codes)
            made = second_factor.begin(actor=request.actor, password=form.cleaned_data["password"])
        except Problem as problem:
            blame(form, problem)
            return self._page(request, form, status=problem.status)
        drawing = mark_safe(made.qr_svg)  # noqa: S308 - drawn by segno
        return self._page(request, CodeForm(), secret=made.secret, square=drawing)

    def _page(self, request: SiteRequest, form: forms.Form | None, status: int = 200, **more: Any) -> HttpResponse:
        return self.show(
            "site/second_factor.html",
            title=_("Second step at signing in"),
            subtitle=_("A code from an app on your phone, beside the password."),
            status=status,
            context={
                "form": form,
                "enrolled": second_factor.is_enrolled(request.actor.user_id),
                "needed": any(holding.role == "admin" for holding in request.actor.withheld),
                **more,
            },
        )
