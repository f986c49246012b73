"""Teams: founded, changed, closed."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import visible
from accounts.models import Team
from accounts.site.command import Command, Plan
from accounts.site.frame import Text
from accounts.site.lists import crumb
from accounts.site.page import SiteRequest
from accounts.site.teams import TeamsAdmin
from accounts.site.wording import type_words
from accounts.teams import close_team
from api.problems import Problem


class CloseTeam(Command):
    """A team is dissolved."""

    button, danger = gettext_lazy("Close the team"), True
    reading = "write"  # a dry run is the thing itself, taken back
    team: Team

    def plan(self, request: SiteRequest) -> Plan:
        found = visible.teams(request.actor).filter(id=self.kwargs["team_id"]).first()
        if found is None:
            raise Problem("not_found")
        self.team, page = found, reverse("admin:team", args=[found.id])
        closing = close_team(actor=request.actor, team_id=found.id, dry_run=True)
        ends = ngettext("%(n)d place in the team ends now.", "%(n)d places in the team end now.", closing.memberships)
        told = [
            ends % {"n": closing.memberships},
            *(
                _("%(what)s: %(n)d stay with the team.") % {"what": type_words(kind), "n": count}
                for kind, count in closing.records.items()
                if count
            ),
            _("The phones still deliver for 30 days what was recorded until now."),
            _("A team that was closed can't be opened again; a new one can be founded."),
        ]
        return Plan(_("Close %(team)s") % {"team": found.name}, told, page, [crumb(TeamsAdmin), (found.name, page)])

    def run(self, request: SiteRequest, told: dict[str, Any]) -> Text:
        close_team(actor=request.actor, team_id=self.team.id)
        return _("%(team)s is closed.") % {"team": self.team.name}
