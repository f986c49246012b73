"""What can be done with a person's account: each asks first and says what will happen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import segno
from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import second_factor, visible
from accounts.issuing import CODE_LIFETIME, issue_code
from accounts.looks import at_person
from accounts.models import Session, User
from accounts.sessions import end_sessions
from accounts.site.command import Command, Plan
from accounts.site.fields import FullName, Phone
from accounts.site.frame import Text
from accounts.site.lists import crumb
from accounts.site.people import PeopleAdmin
from accounts.site.person import person_of
from accounts.site.request import SiteRequest
from accounts.site.sessions import device_name
from accounts.templatetags.site import phone
from accounts.users import change_user, deactivate_user, reactivate_user
from api.localtime import now
from api.problems import Problem


class PersonCommand(Command):
    """About one person."""

    person: User

    def plan(self, request: SiteRequest) -> Plan:
        self.person = person_of(request.actor, self.kwargs["user_id"])
        if self.person.id == request.actor.user_id:
            raise Problem("forbidden")  # another administrator does
        self.seen = at_person("site_person_command", self.person.id)
        page = reverse("admin:person", args=[self.person.id])
        return Plan(self.heading(), self.consequences(), page, [crumb(PeopleAdmin), (self.person.full_name, page)])

    def _devices(self) -> str:
        open_ones = Session.objects.filter(user_id=self.person.id, ended_at=None, expires_at__gt=now()).count()
        told = ngettext("%(n)d device is signed out at once.", "%(n)d devices are signed out at once.", open_ones)
        return told % {"n": open_ones}


class Deactivate(PersonCommand):
    """Switch an account off."""

    button, danger = gettext_lazy("Switch the account off"), True

    def heading(self) -> Text:
        return _("Switch off the account of %(name)s") % {"name": self.person.full_name}

    def consequences(self) -> Sequence[Text]:
        return [
            self._devices(),
            _("Signing in is no longer possible, with any password or code."),
            _("Records, teams and roles stay as they are, so that the account can be switched on again."),
            _("What the phone hasn't sent yet stays on it; a code that only delivers brings it in."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        deactivate_user(actor=request.actor, user_id=self.person.id)
        return _("The account of %(name)s is switched off.") % {"name": self.person.full_name}


class Reactivate(PersonCommand):
    """Switch an account on again."""

    button = gettext_lazy("Switch the account on")

    def heading(self) -> Text:
        return _("Switch on the account of %(name)s again") % {"name": self.person.full_name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("Signing in is possible again, with the password from before."),
            _("Old sessions stay ended: every device signs in anew."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        reactivate_user(actor=request.actor, user_id=self.person.id)
        return _("The account of %(name)s is switched on again.") % {"name": self.person.full_name}


class EditForm(forms.Form):
    full_name = FullName()
    phone = Phone()
    locale = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)


class Edit(PersonCommand):
    """Another name, phone number or language."""

    button, form_class = gettext_lazy("Save"), EditForm

    def heading(self) -> Text:
        return _("Change the account of %(name)s") % {"name": self.person.full_name}

    def consequences(self) -> Sequence[Text]:
        return [
            _("A new name shows in the lists that all phones of the team hold, from their next sync on."),
            _("With a new number the person signs in by that number; nobody is signed out."),
        ]

    def initial(self, request: SiteRequest) -> dict[str, Any]:
        person = self.person
        return {"full_name": person.full_name, "phone": phone(person.phone), "locale": person.locale}

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        change_user(actor=request.actor, user_id=self.person.id, **told)
        return _("The account of %(name)s is changed.") % {"name": told["full_name"]}


class IssueCode(PersonCommand):
    """A new code, shown once with its square code, to be read out or printed."""

    button = gettext_lazy("Make a new code")
    lost = False

    def heading(self) -> Text:
        return _("New code for %(name)s") % {"name": self.person.full_name}

    def consequences(self) -> Sequence[Text]:
        days = CODE_LIFETIME.days
        told = [
            _("You see the code once, to read it out or to print it. It is good for %(days)d days.") % {"days": days},
            _("Codes that were given before are no longer good."),
        ]
        if not self.person.is_active:
            return [*told, _("The account is switched off: this code only delivers what the phone still holds.")]
        return [*told, _("Once the code is typed in, a new password is set and all other devices are signed out.")]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> HttpResponse:
        code = issue_code(actor=request.actor, user_id=self.person.id, sessions_too=self.lost).code
        server = f"{request.scheme}://{request.get_host()}"
        return self.show(
            "site/code.html",
            title=_("Code for %(name)s") % {"name": self.person.full_name},
            crumbs=[crumb(PeopleAdmin), (self.person.full_name, reverse("admin:person", args=[self.person.id]))],
            context={
                "person": self.person,
                "number": phone(self.person.phone),
                "code": code,
                "square": _square("anthon://activate?" + urlencode({"code": code, "server": server}, safe=":/")),
                "expires_at": now() + CODE_LIFETIME,
                "delivers": not self.person.is_active,
                "lost": self.lost,
                "back": reverse("admin:person", args=[self.person.id]),
            },
        )


class LostPhone(IssueCode):
    """All sessions end at once, and a new code is made for the next phone."""

    button, danger, lost = gettext_lazy("Sign all devices out and make a code"), True, True

    def heading(self) -> Text:
        return _("%(name)s has lost the phone") % {"name": self.person.full_name}

    def consequences(self) -> Sequence[Text]:
        return [
            self._devices(),
            _("Whoever found the phone sees nothing new from now on."),
            _("What hadn't been sent from the lost phone is lost with it, unless the phone turns up."),
            *super().consequences(),
        ]


class ResetSecondFactor(PersonCommand):
    """Take away the second step of somebody who lost the app."""

    button, danger = gettext_lazy("Take the second step away"), True

    def heading(self) -> Text:
        return _("Take the second step of %(name)s away") % {"name": self.person.full_name}

    def consequences(self) -> Sequence[Text]:
        return [
            self._devices(),
            _("The password alone signs in again; roles that need the second step wait until it is set up anew."),
            _("Make sure that it is really this person who asks."),
        ]

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        second_factor.reset(actor=request.actor, user_id=self.person.id)
        return _("The second step of %(name)s is taken away.") % {"name": self.person.full_name}


class EndSession(Command):
    """Sign one device out."""

    button, danger = gettext_lazy("Sign the device out"), True
    session: Session

    def plan(self, request: SiteRequest) -> Plan:
        found = visible.sessions(request.actor).filter(id=self.kwargs["session_id"]).first()
        if found is None:
            raise Problem("not_found")
        self.session, self.seen = found, at_person("site_session_command", found.user_id)
        user, page = person_of(request.actor, found.user_id), reverse("admin:person", args=[found.user_id])
        told = {"name": user.full_name, "device": device_name(found)}
        return Plan(
            _("Sign %(name)s out on %(device)s") % told,
            [
                _("The device is signed out at its next request; it can sign in again with the password."),
                _("What it hasn't sent yet stays on it."),
            ],
            page,
            [crumb(PeopleAdmin), (user.full_name, page)],
        )

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        end_sessions(
            user_id=self.session.user_id,
            because="revoked",
            by_user_id=request.actor.user_id,
            request_id=request.actor.request_id,
            session_ids=[self.session.id],
        )
        return _("The device is signed out.")


def _square(text: str) -> SafeString:
    """A square code as a drawing within the page."""
    drawing = segno.make(text, error="m", micro=False)
    return mark_safe(drawing.svg_inline(border=2, svgclass="an-square", lineclass=None, omitsize=True))  # noqa: S308
