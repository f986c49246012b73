"""The start page: what needs attention, each a number that leads to its list, and how far the areas have come."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import visible
from accounts.areas.tree import LABEL_LENGTH, below
from accounts.imports.states import ImportStatus
from accounts.people import find_users
from accounts.scoping import SessionActor
from accounts.site.areas import leaderless
from accounts.site.frame import FramePage, Text
from accounts.site.grants import of_state as grants_of_state
from accounts.site.names import places
from accounts.site.page import SiteRequest
from accounts.site.sessions import of_state as sessions_of_state
from api.localtime import LOCAL, now
from api.postgres import ask

KEPT_S = 60
"""Numbers are counted anew after this long; they are the same for all who look after the same areas."""
MOST = 1_000
"""Beyond it nobody counts: there is more to do than a number could say."""
MOST_BARS = 12

# Accounts by the area right below the roots (or the root itself): how many there are, activated, waiting.
_PROGRESS = f"""
SELECT b.area_id, count(*), count(*) FILTER (WHERE u.is_active AND u.password <> '')
FROM unnest(%s::text[]) root(path)
  JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL
  JOIN area_placement b ON b.path = left(p.path, length(root.path) + {LABEL_LENGTH}) AND b.valid_to IS NULL
  JOIN user_account u ON u.area_id = p.area_id
WHERE u.is_active GROUP BY 1
"""
# The phones that were used last in each of the last days, today being 0.
_USED = f"""
SELECT days, count(*) FROM (
  SELECT DISTINCT s.user_id, (%s::date - (s.refreshed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS days
  FROM unnest(%s::text[]) root(path)
    JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL
    JOIN user_account u ON u.area_id = p.area_id
    JOIN session s ON s.user_id = u.id
  WHERE s.refreshed_at > %s AND s.platform <> 'web') d GROUP BY 1
"""


@dataclass(frozen=True)
class Due:
    """A kind of thing that needs attention, and the list of them."""

    title: Text
    route: str
    query: str
    found: Callable[[SessionActor], QuerySet[Any]]


DUE = (
    Due(
        gettext_lazy("people haven't activated yet"),
        "people",
        "status=waiting",
        lambda actor: find_users(actor=actor, status="waiting"),
    ),
    Due(
        gettext_lazy("phones silent for 7 days"),
        "sessions",
        "state=silent",
        lambda actor: visible.sessions(actor).filter(sessions_of_state("silent")),
    ),
    Due(
        gettext_lazy("roles end within 30 days"),
        "grants",
        "state=expiring",
        lambda actor: visible.grants(actor).filter(grants_of_state("expiring")),
    ),
    Due(
        gettext_lazy("roles wait for a second person"),
        "grants",
        "state=waiting",
        lambda actor: visible.grants(actor).filter(grants_of_state("waiting")),
    ),
    Due(
        gettext_lazy("imports have failed"),
        "imports",
        "status=failed",
        lambda actor: visible.imports(actor).filter(status=ImportStatus.FAILED),
    ),
    Due(gettext_lazy("hamlets without a leader"), "areas", "leaderless=1", leaderless),
)


class StartPage(FramePage):
    """`/admin/`."""

    def get(self, request: SiteRequest) -> HttpResponse:
        figures = _figures(request.actor)
        due = [
            {
                "title": each.title,
                "count": f"{MOST:,}+".replace(",", ".") if count > MOST else str(count),
                "link": f"{reverse(f'admin:{each.route}')}?{each.query}",
                "due": count > 0,
            }
            for each, count in zip(DUE, figures["due"], strict=True)
        ]
        named = places([area_id for area_id, _all, _done in figures["progress"]])
        return self.show(
            "site/start.html",
            title=_("What needs attention"),
            subtitle=_("As of %(time)s; counted anew every minute.") % {"time": figures["at"].strftime("%H:%M")},
            context={
                "due": due,
                "bars": _bars(figures["progress"], named),
                "days": _days(figures["used"]),
                "empty": not figures["progress"],
            },
        )


def _figures(actor: SessionActor) -> dict[str, Any]:
    """Counts alone, no names: whoever holds the same areas is told the same."""
    roots = sorted({path for h in actor.holdings if h.role == "admin" for path in h.paths})
    teams = sorted(str(h.team_id) for h in actor.holdings if h.team_id)
    key = f"site-start:{'|'.join(roots)}:{'|'.join(teams)}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = _counted(actor, roots)
        cache.set(key, found, KEPT_S)
    return found


def _counted(actor: SessionActor, roots: list[str]) -> dict[str, Any]:
    moment = now()
    today = moment.astimezone(LOCAL).date()
    return {
        "at": moment.astimezone(LOCAL),
        "due": [each.found(actor).order_by()[: MOST + 1].count() for each in DUE],
        "progress": ask(_PROGRESS, [roots]),
        "used": dict(ask(_USED, [today, roots, moment - dt.timedelta(days=15)])),
    }


def _bars(progress: list[tuple[uuid.UUID, int, int]], named: dict[uuid.UUID, str]) -> dict[str, Any]:
    """A bar an area, those that are furthest behind first."""
    worst = sorted(progress, key=lambda row: (row[1] - row[2], row[1]), reverse=True)[:MOST_BARS]
    widest = max((all_of for _area, all_of, _done in worst), default=1)
    rows = [
        {
            "name": named.get(area_id, "–").split(",")[0],
            "all": all_of,
            "done": done,
            "y": 30 * place,
            "width": round(420 * all_of / widest, 1),
            "done_width": round(420 * done / widest, 1),
        }
        for place, (area_id, all_of, done) in enumerate(worst)
    ]
    total, done = sum(row[1] for row in progress), sum(row[2] for row in progress)
    return {
        "rows": rows,
        "height": 30 * len(rows),
        "total": total,
        "done": done,
        "percent": round(100 * done / total) if total else 0,
    }


def _days(used: dict[int, int]) -> dict[str, Any]:
    """Phones by the day on which they were last used, two weeks back."""
    highest = max(used.values(), default=0) or 1
    return {
        "rows": [
            {
                "x": 24 * (13 - day),
                "count": used.get(day, 0),
                "height": round(90 * used.get(day, 0) / highest, 1),
                "y": round(100 - 90 * used.get(day, 0) / highest, 1),
                "day": day,
                "label": (now().astimezone(LOCAL) - dt.timedelta(days=day)).strftime("%d/%m"),
            }
            for day in range(13, -1, -1)
        ],
        "any": any(used.values()),
    }
