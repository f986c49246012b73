"""The fields that several forms ask for, each written once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import TeamRole
from accounts.site.names import choices
from api.localtime import LOCAL, local_day, now

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise


def _focused(focus: bool) -> dict[str, Any]:
    return {"autofocus": True} if focus else {}


class Phone(forms.CharField):
    """A phone number as people write it; `own` where somebody signs in with it."""

    def __init__(self, *, own: bool = False) -> None:
        more = {"autocomplete": "username", **_focused(True)} if own else {}
        attributes = {"type": "tel", "inputmode": "tel", **more}
        super().__init__(label=_("Phone number"), max_length=40, widget=forms.TextInput(attributes))


class FullName(forms.CharField):
    """A person's name."""

    def __init__(self) -> None:
        super().__init__(label=_("Full name"), max_length=200)


class Password(forms.CharField):
    """A password as it is, with every space; `new` where one is chosen."""

    def __init__(self, label: Text, *, new: bool = False, help_text: Text = "") -> None:
        attributes = {"autocomplete": "new-password" if new else "current-password"}
        widget = forms.PasswordInput(attributes)
        super().__init__(label=label, help_text=help_text, max_length=256, strip=False, widget=widget)


class OneTimeCode(forms.CharField):
    """What an authenticator app shows, or a code on paper."""

    def __init__(self, label: Text, *, digits: bool = True, help_text: Text = "") -> None:
        typed = {"inputmode": "numeric"} if digits else {"autocapitalize": "characters"}
        widget = forms.TextInput({"autocomplete": "one-time-code", **typed, **_focused(True)})
        super().__init__(label=label, help_text=help_text, max_length=40, widget=widget)


class Day(forms.DateField):
    """A day, chosen from a calendar; `today` unless told otherwise where it says so."""

    def __init__(self, label: Text, *, today: bool = False, **more: Any) -> None:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, widget=widget, initial=_today if today else None, **more)


class Moment(forms.DateTimeField):
    """A day and a time by the clock on the wall; `current` where it is now unless told otherwise."""

    def __init__(self, label: Text, *, current: bool = False, **more: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(label=label, widget=widget, initial=now if current else None, **more)

    def to_python(self, value: Any) -> dt.datetime | None:
        with timezone.override(LOCAL):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(LOCAL):
            return super().prepare_value(value)


class Words(forms.CharField):
    """Some sentences."""

    def __init__(self, label: Text, *, most: int = 4000, **more: Any) -> None:
        super().__init__(label=label, max_length=most, widget=forms.Textarea({"rows": 4}), **more)


def _today() -> dt.date:
    return local_day(now())


class RoleInTeam(forms.ChoiceField):
    """Leader, deputy or member."""

    def __init__(self) -> None:
        super().__init__(label=_("Role in the team"), choices=lambda: choices(TeamRole), initial=TeamRole.MEMBER)
