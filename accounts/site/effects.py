"""What a change of areas touches, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.areas.effects import Effect
from accounts.site.wording import type_words
from accounts.templatetags.site import count


@dataclass(frozen=True)
class Touched:
    """Counts with what they count, who sees less or more, and what has to be seen to."""

    counts: list[tuple[str, str]]
    warnings: list[str]
    notes: list[str]


def touched(effect: Effect) -> Touched:
    """An effect as the page shows it; what isn't touched is left out."""
    counts = [
        (effect.areas, ngettext("area", "areas", effect.areas)),
        (effect.teams, ngettext("team", "teams", effect.teams)),
        (effect.people, ngettext("person", "people", effect.people)),
        (effect.memberships, ngettext("place in a team", "places in teams", effect.memberships)),
        (effect.grants, ngettext("role", "roles", effect.grants)),
        *((each.count, type_words(each.type).lower()) for each in effect.records),
    ]
    return Touched(
        counts=[(count(number), what) for number, what in counts if number],
        warnings=_warnings(effect),
        notes=_notes(effect),
    )


def _warnings(effect: Effect) -> list[str]:
    told = []
    if number := effect.losing_sight:
        losing = ngettext(
            "%(n)s person sees less from then on.", "%(n)s people see less from then on.", effect.losing_sight
        )
        told.append(losing % {"n": count(number)})
    if number := effect.grants_ending:
        ending = ngettext(
            "%(n)s role is over an area that ends: it doesn't reach the new one. Give it anew there.",
            "%(n)s roles are over areas that end: they don't reach the new one. Give them anew there.",
            effect.grants_ending,
        )
        told.append(ending % {"n": count(number)})
    return told


def _notes(effect: Effect) -> list[str]:
    if number := effect.gaining_sight:
        gaining = ngettext(
            "%(n)s person sees more from then on.", "%(n)s people see more from then on.", effect.gaining_sight
        )
        return [gaining % {"n": count(number)}]
    return [] if effect.losing_sight else [_("Nobody sees more or less than now.")]
