"""The start page: what needs attention, each a number that leads to its list, and how far the areas have come."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import visible
from accounts.areas.tree import LABEL_LENGTH, below
from accounts.imports.states import ImportStatus
from accounts.models.requests import BreachStatus
from accounts.people import find_users
from accounts.requests.breaches import find_breaches
from accounts.requests.data_requests import find_data_requests
from accounts.requests.entries import due_soon
from accounts.scoping import SessionActor
from accounts.site.areas import leaderless
from accounts.site.counted import counted
from accounts.site.frame import FramePage, Text
from accounts.site.grants import of_state as grants_of_state
from accounts.site.names import places
from accounts.site.request import SiteRequest
from accounts.site.sessions import of_state as sessions_of_state
from accounts.templatetags import site
from api.localtime import LOCAL, now
from api.postgres import ask

KEPT_S, CHARTS_KEPT_S = 60, 600
"""Numbers are counted anew after this long; they are the same for all who look after the same areas."""
MOST = 1_000
"""Beyond it nobody counts: there is more to do than a number could say."""
MOST_BARS = 12

# Accounts by the area right below the roots (or the root itself): how many there are and how many are activated. Who
# looks after the whole country has them counted in one go, others area by area, each by its index (OFFSET 0).
_OF_ALL = """
(SELECT area_id, count(*) AS every, count(*) FILTER (WHERE activated) AS activated
 FROM (SELECT area_id, password <> '' AS activated FROM user_account WHERE is_active OFFSET 0) a GROUP BY 1) u
  ON u.area_id = p.area_id
"""
_OF_EACH = """
LATERAL (SELECT count(*) AS every, count(*) FILTER (WHERE password <> '') AS activated
 FROM user_account WHERE area_id = p.area_id AND is_active OFFSET 0) u ON u.every > 0
"""
_PROGRESS = f"""
WITH here AS MATERIALIZED (
  SELECT p.area_id, left(p.path, length(root.path) + {LABEL_LENGTH}) AS above
  FROM unnest(%s::text[]) root(path) JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL
), told AS MATERIALIZED (
  SELECT p.above, sum(u.every)::bigint AS every, sum(u.activated)::bigint AS activated
  FROM here p JOIN {{counted}} GROUP BY 1)
SELECT b.area_id, told.every, told.activated FROM told
  CROSS JOIN LATERAL (SELECT area_id FROM area_placement WHERE path = told.above AND valid_to IS NULL LIMIT 1) b
"""
# The phones that are signed in, by the day of the last two weeks on which each was last used, today being 0.
_DAYS = "SELECT %s::date - (refreshed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, count(*) FROM {phones} GROUP BY 1"
_PHONES = "session WHERE {of} refreshed_at > %s AND ended_at IS NULL AND platform <> 'web'"
_ALL_PHONES = _PHONES.format(of="")
_THEIR_PHONES = f"""
(SELECT DISTINCT p.area_id FROM unnest(%s::text[]) root(path)
   JOIN area_placement p ON {below("p", "root.path")} AND p.valid_to IS NULL) here
CROSS JOIN LATERAL (SELECT id FROM user_account WHERE area_id = here.area_id OFFSET 0) u
CROSS JOIN LATERAL (SELECT refreshed_at FROM {_PHONES.format(of="user_id = u.id AND")} OFFSET 0) s
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
        lambda actor: find_users(actor=actor, status="waiting", counted=True),
    ),
    Due(
        gettext_lazy("phones silent for 7 days"),
        "sessions",
        "state=silent",
        lambda actor: visible.sessions(actor, counted=True).filter(sessions_of_state("silent")),
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
        lambda actor: visible.imports(actor).filter(status=ImportStatus.FAILED, corrected_by_id=None),
    ),
    Due(gettext_lazy("hamlets without a leader"), "areas", "leaderless=1", leaderless),
    Due(
        gettext_lazy("requests about personal data overdue"),
        "data_requests",
        "state=overdue",
        lambda actor: find_data_requests(actor=actor, late=True),
    ),
    Due(
        gettext_lazy("requests about personal data due within 3 days"),
        "data_requests",
        "state=soon",
        lambda actor: find_data_requests(actor=actor).filter(due_soon()),
    ),
    Due(
        gettext_lazy("breaches of data not reported yet"),
        "breaches",
        "state=open",
        lambda actor: find_breaches(actor=actor, status=BreachStatus.OPEN),
    ),
)


class StartPage(FramePage):
    """`/admin/`."""

    def get(self, request: SiteRequest) -> HttpResponse:
        figures = _figures(request.actor)
        due = [
            {
                "title": each.title,
                "count": _told(count),
                "link": f"{reverse(f'admin:{each.route}')}?{each.query}",
                "due": bool(count),
            }
            for each, count in zip(DUE, figures["due"], strict=True)
        ]
        named = places([area_id for area_id, _all, _done in figures["progress"]])
        return self.show(
            "site/start.html",
            title=_("What needs attention"),
            subtitle=_("Numbers as of %(time)s, counted every minute; charts as of %(charts)s, every ten minutes.")
            % {"time": figures["at"].strftime("%H:%M"), "charts": figures["charted_at"].strftime("%H:%M")},
            context={
                "due": due,
                "bars": _bars(figures["progress"], named),
                "days": _days(figures["used"]),
                "empty": not figures["progress"],
                "late": figures["late"],
            },
        )


def _figures(actor: SessionActor) -> dict[str, Any]:
    """Counts alone, no names: whoever holds the same areas is told the same."""
    roots = sorted({path for h in actor.holdings if h.role == "admin" for path in h.paths})
    teams = sorted(str(h.team_id) for h in actor.holdings if h.team_id)
    whose = f"{'|'.join(roots)}:{'|'.join(teams)}"
    due, fresh = counted(f"site-due:{whose}", lambda: _due(actor), every_s=KEPT_S)
    charts, drawn = counted(f"site-charts:{whose}", lambda: _charts(actor, roots), every_s=CHARTS_KEPT_S)
    moment = now().astimezone(LOCAL)
    due = due or {"at": moment, "due": [None for _each in DUE]}
    charts = charts or {"charted_at": moment, "progress": [], "used": {}}
    return {**due, **charts, "late": not (fresh and drawn)}


def _told(count: int | None) -> str:
    if count is None:
        return "–"
    return f"{site.count(MOST)}+" if count > MOST else site.count(count)


def _due(actor: SessionActor) -> dict[str, Any]:
    return {
        "at": now().astimezone(LOCAL),
        "due": [each.found(actor).order_by()[: MOST + 1].count() for each in DUE],
    }


def _charts(actor: SessionActor, roots: list[str]) -> dict[str, Any]:
    moment = now()
    today, since = moment.astimezone(LOCAL).date(), moment - dt.timedelta(days=15)
    params: list[Any]
    progress, days, params = _OF_EACH, _THEIR_PHONES, [today, roots, since]
    if visible.is_everything(actor):
        progress, days, params = _OF_ALL, _ALL_PHONES, [today, since]
    return {
        "charted_at": moment.astimezone(LOCAL),
        "progress": ask(_PROGRESS.format(counted=progress), [roots]),
        "used": dict(ask(_DAYS.format(phones=days), params)),
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
    busiest = max(range(14), key=lambda day: used.get(day, 0))
    return {
        "rows": [
            {
                "x": 24 * (13 - day),
                "count": used.get(day, 0),
                "told": day in (0, busiest) and day in used,
                "height": round(84 * used.get(day, 0) / highest, 1),
                "y": round(100 - 84 * used.get(day, 0) / highest, 1),
                "day": day,
                "label": (now().astimezone(LOCAL) - dt.timedelta(days=day)).strftime("%d/%m"),
            }
            for day in range(13, -1, -1)
        ],
        "any": any(used.values()),
    }
