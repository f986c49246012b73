"""Tags for the admin site: icons, phone numbers and moments as people read them."""

import datetime as dt
from pathlib import Path

import orjson
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from accounts import site
from api.localtime import LOCAL

register = template.Library()

# Drawn on a field of 24 by 24, in strokes.
_STROKES: dict[str, str] = orjson.loads((Path(site.__file__).parent / "icons.json").read_bytes())
_HOUSE = "M12 2 1.5 10.2l1.6 2L5 10.7V21h5.2v-6h3.6v6H19V10.7l1.9 1.5 1.6-2z"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@register.simple_tag
def icon(name: str) -> SafeString:
    """A small drawing beside words, which tell the same."""
    if name == "house":
        return mark_safe(f'<svg class="an-house" viewBox="0 0 24 24" aria-hidden="true"><path d="{_HOUSE}"/></svg>')  # noqa: S308
    return format_html('<svg class="an-i" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', _STROKES[name])


@register.filter
def count(number: int | None) -> str:
    """`15.020` in Vietnamese, `15,020` in English."""
    if number is None:
        return "–"
    return f"{number:,}".replace(",", ".") if (get_language() or "vi") == "vi" else f"{number:,}"


@register.filter
def phone(number: str) -> str:
    """`+84912345678` as `0912 345 678`."""
    if not number.startswith("+84"):
        return number
    national = "0" + number[3:]
    return " ".join((national[:4], national[4:7], national[7:])).strip()


@register.filter
def moment(at: dt.datetime | None) -> str:
    """`22/11/2026 21:50`, local time."""
    return at.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M") if at else "–"


@register.filter
def day(at: dt.datetime | dt.date | None) -> str:
    """`22/11/2026`, the local day."""
    if at is None:
        return "–"
    return (at.astimezone(LOCAL) if isinstance(at, dt.datetime) else at).strftime("%d/%m/%Y")


@register.filter
def ago(at: dt.datetime | None) -> str:
    """How long ago, roughly."""
    if at is None:
        return "–"
    seconds = (timezone.now() - at).total_seconds()
    if seconds < 2 * _MINUTE:
        return gettext("just now")
    if seconds < _HOUR:
        minutes = int(seconds / _MINUTE)
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if seconds < _DAY:
        hours = int(seconds / _HOUR)
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    days = int(seconds / _DAY)
    return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
