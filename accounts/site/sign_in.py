"""In and out: the sign-in page, activation by code, choosing the language, signing out."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import signing_in
from accounts.sessions import Device, end_sessions
from accounts.signing_in import SignedIn
from accounts.site import cookies
from accounts.site.faults import blame
from accounts.site.fields import OneTimeCode, Password, Phone
from accounts.site.page import Page
from accounts.site.refusals import plain
from api.negotiation import LANGUAGES
from api.problems import Problem

PLATFORM = "web"
# The mark in the header, and the name; the first that fits.
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "coc_coc": "Cốc Cốc", "Firefox/": "Firefox", "Chrome/": "Chrome"}
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac"}


class SignInForm(forms.Form):
    phone = Phone(own=True)
    password = Password(_("Password"))


class ActivateForm(forms.Form):
    code = OneTimeCode(
        _("Activation code"),
        digits=False,
        help_text=_("Eleven letters and digits, as on your sheet: 7K3M-9QX2-C4T"),
    )
    password = Password(
        _("New password"),
        new=True,
        help_text=_("At least 8 characters. A sentence that only you would say is easy to remember and hard to guess."),
    )


class CodeForm(forms.Form):
    # Its digits, or a recovery code with letters.
    otp = OneTimeCode(_("One-time code"), digits=False)


class _Door(Page):
    """A form that opens a session. Attempts count whatever becomes of them, so no transaction is around it."""

    public = True
    transaction = "none"
    form_class: type[forms.Form]
    template: str

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, self.form_class())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request)
        if not form.is_valid():
            return self._page(request, form, status=422)
        browser = cookies.browser_of(request)
        device = Device(id=browser, name=_browser_name(request), platform=PLATFORM)
        try:
            signed_in = self.open(form.cleaned_data, device)
        except Problem as problem:
            if problem.code == "otp_required":
                return self._ask_for_code(request, browser, form)
            blame(form, problem)
            answer = self._page(request, form, status=problem.status)
            answer.headers["Retry-After"] = str(int(problem.retry_after_s)) if problem.retry_after_s else "1"
            return answer
        response = HttpResponseRedirect(_safe(request))
        cookies.begin_visit(response, signed_in.tokens.session_id, signed_in.tokens.user_id)
        cookies.keep_browser(response, browser)
        cookies.leave_the_door(response)
        return response

    def form(self, request: HttpRequest) -> forms.Form:
        return self.form_class(request.POST)

    def _ask_for_code(self, request: HttpRequest, browser: uuid.UUID, form: forms.Form) -> HttpResponse:
        """The second step; what was said in the first is kept for a few minutes, so that nobody types it twice."""
        answer = self._page(request, CodeForm())
        cookies.keep_browser(answer, browser)
        cookies.wait_at_the_door(answer, browser, form.cleaned_data["phone"], form.cleaned_data["password"])
        return answer

    def open(self, told: dict[str, Any], device: Device) -> SignedIn:
        raise NotImplementedError

    def _page(self, request: HttpRequest, form: forms.Form, status: int = 200) -> HttpResponse:
        template = "site/one_time_code.html" if isinstance(form, CodeForm) else self.template
        answer: HttpResponse = plain(request, template, {"form": form, "next": _safe(request)}, status)
        return answer


class SignInPage(_Door):
    """`/admin/login/`: phone number and password."""

    form_class = SignInForm
    template = "site/sign_in.html"

    def form(self, request: HttpRequest) -> forms.Form:
        waits = "otp" in request.POST and cookies.said_at_the_door(request)
        return CodeForm(request.POST) if waits else SignInForm(request.POST)

    def open(self, told: dict[str, Any], device: Device) -> SignedIn:
        said = cookies.said_at_the_door(self.request) if "otp" in told else None
        phone, password = said or (told["phone"], told["password"])
        otp = told.get("otp")
        return signing_in.sign_in(phone=phone, password=password, device=device, caller=self.caller, otp=otp)


class ActivatePage(_Door):
    """`/admin/activate/`: a code from a sheet, and a new password; the browser is enrolled by it."""

    form_class = ActivateForm
    template = "site/activate.html"

    def open(self, told: dict[str, Any], device: Device) -> SignedIn:
        return signing_in.activate(code=told["code"], password=told["password"], device=device, caller=self.caller)


class SignOutPage(Page):
    """`/admin/logout/`: ends the session. Without one it leads to the sign-in page as well."""

    public = True

    def post(self, request: HttpRequest) -> HttpResponse:
        visit = cookies.visit_of(request)
        if visit is not None:
            end_sessions(
                user_id=visit.user_id,
                because="signed_out",
                by_user_id=visit.user_id,
                request_id=self.caller.request_id,
                session_ids=[visit.session_id],
            )
        response = HttpResponseRedirect(reverse("admin:login"))
        cookies.end_visit(response)
        return response


class LanguagePage(Page):
    """`/admin/language/`: the language of this browser."""

    public = True
    transaction = "none"

    def post(self, request: HttpRequest) -> HttpResponse:
        language = request.POST.get("language")
        response = HttpResponseRedirect(_safe(request))
        if language in LANGUAGES:
            cookies.keep_language(response, str(language))
        return response


def _safe(request: HttpRequest) -> str:
    """Where to go on, if it is a page of this site; else its start."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    inside = wanted.startswith(cookies.PATH + "/") and url_has_allowed_host_and_scheme(wanted, None)
    return wanted if inside else reverse("admin:index")


def _browser_name(request: HttpRequest) -> str:
    """`Chrome, Windows`: as much as helps to tell one's own browsers apart."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    browser = next((name for mark, name in _BROWSERS.items() if mark in agent), gettext("Browser"))
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), "")
    return f"{browser}, {system}" if system else browser
