"""A person's page: everything that support needs to answer a call, and the buttons for what then has to be done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.deliveries import deliveries
from accounts.looks import at_person
from accounts.models import ActivationCode, Grant, Membership, Session, Team, User
from accounts.people import UserStatus, find_user, status_of
from accounts.rights import refused_over
from accounts.roles import GrantRole, TeamRole
from accounts.scoping import SessionActor
from accounts.second_factor import is_enrolled
from accounts.site.frame import FramePage
from accounts.site.grants import state_tag as grant_tag
from accounts.site.lists import Tool, crumb
from accounts.site.names import label, places
from accounts.site.people import PeopleAdmin, status_tag
from accounts.site.request import SiteRequest
from accounts.site.sessions import device_name
from accounts.site.sessions import state_tag as session_tag
from accounts.site.wording import event_words, stored_problem_words, type_words
from accounts.templatetags.site import phone
from api.localtime import now
from api.problems import Problem

_SECURITY = ("session.", "activation_code.", "user.", "grant.", "second_factor.", "recovery_code")
_OWN_WORK = 8
MOST_REFUSED, MOST_DEVICES = 20, 8


def person_of(actor: SessionActor, user_id: uuid.UUID) -> User:
    """The account, if the actor sees it; what lies beyond, in whatever way, isn't there."""
    try:
        return find_user(actor=actor, user_id=user_id)
    except Problem:
        raise Problem("not_found") from None


class PersonPage(FramePage):
    """`/admin/people/{id}/`."""

    def get(self, request: SiteRequest, user_id: uuid.UUID) -> HttpResponse:
        actor = request.actor
        user = person_of(actor, user_id)
        may_act = not refused_over(actor, [user_id])
        self.seen = at_person("site_person", user_id)
        return self.show(
            "site/person.html",
            title=user.full_name,
            crumbs=[crumb(PeopleAdmin)],
            context={
                "person": user,
                "number": phone(user.phone),
                "status": status_tag(status_of(user).value),
                "home": places([user.area_id]).get(user.area_id, "") if user.area_id else "",
                "code": self._code(user),
                "may_act": may_act,
                "is_self": user_id == actor.user_id,
                "tools": _tools(user) if may_act else [],
                **self._places(actor, user),
                **(self._phone(actor, user) if may_act else {}),
                **self._trail(actor, user),
            },
        )

    @staticmethod
    def _code(user: User) -> ActivationCode | None:
        codes = ActivationCode.objects.filter(user_id=user.id, used_at=None, expires_at__gt=now())
        return codes.order_by("-expires_at").first()

    @staticmethod
    def _places(actor: SessionActor, user: User) -> dict[str, Any]:
        """Teams and roles, with what was before; as far as it lies in the own areas."""
        memberships = list(
            Membership.objects.filter(user_id=user.id, deleted_at=None).order_by("-starts_at", "id")[:50]
        )
        grants = list(Grant.objects.filter(user_id=user.id).order_by("-starts_at", "id")[:50])
        standings = actor.standing({*(m.area_id for m in memberships), *(g.area_id for g in grants)})
        memberships = [m for m in memberships if m.area_id in standings]
        grants = [g for g in grants if g.area_id in standings]
        teams = Team.objects.in_bulk({m.team_id for m in memberships})
        named = places([*(m.area_id for m in memberships), *(g.area_id for g in grants)])
        moment = now()
        told = [
            {
                "id": m.id,
                "role": label(TeamRole, m.role),
                "team": teams.get(m.team_id),
                "area": named.get(m.area_id, ""),
                "starts_at": m.starts_at,
                "ends_at": m.ends_at,
                "over": m.ends_at is not None and m.ends_at <= moment,
            }
            for m in memberships
        ]
        return {
            "memberships": [m for m in told if not m["over"]],
            "former": [m for m in told if m["over"]],
            "grants": [
                {
                    "id": g.id,
                    "role": label(GrantRole, g.role),
                    "area": named.get(g.area_id, ""),
                    "starts_at": g.starts_at,
                    "ends_at": g.ends_at,
                    "tag": grant_tag(g),
                    "over": g.ends_at is not None and g.ends_at <= moment,
                    "waits": g.confirmed_at is None and (g.ends_at is None or g.ends_at > moment),
                }
                for g in grants
            ],
        }

    @staticmethod
    def _phone(actor: SessionActor, user: User) -> dict[str, Any]:
        """The phones, what they last sent, and what came of it."""
        found = deliveries(actor=actor, user_id=user.id, limit=MOST_REFUSED)
        kept = Session.objects.in_bulk([each.session_id for each in found.devices])
        files = found.pending
        return {
            "devices": [
                {
                    "id": each.session_id,
                    "name": device_name(kept[each.session_id]),
                    "version": each.app_version,
                    "used": each.last_used_at,
                    "sent": each.last_sent_at,
                    "sent_what": type_words(each.last_sent_type),
                    "tag": session_tag(kept[each.session_id]),
                    "open": each.active,
                }
                for each in found.devices[:MOST_DEVICES]
            ],
            "refused": [
                {
                    "what": type_words(each.type),
                    "at": each.received_at,
                    "why": _("Somebody else had changed the same field; the team chooses in the app which one stands.")
                    if each.status == "conflict"
                    else stored_problem_words(each.problem),
                    "tag": _("conflict") if each.status == "conflict" else _("rejected"),
                }
                for each in found.refused
                if each.status != "conflict" or each.waits
            ],
            "files": {"bytes": sum(each.size for each in files), "since": files[-1].declared_at} if files else None,
            "files_text": ngettext("%(n)d file is still on the phone", "%(n)d files are still on the phone", len(files))
            % {"n": len(files)},
        }

    @staticmethod
    def _trail(actor: SessionActor, user: User) -> dict[str, Any]:
        """What the person did last, and what happened to the account."""
        own = audit.page(actor=actor, chosen=audit.Selection(user=user.id), limit=50).events
        about = audit.page(actor=actor, chosen=audit.Selection(about=user.id), limit=50).events
        work = [e for e in own if not e.name.startswith(_SECURITY) and not e.name.endswith(".viewed")][:_OWN_WORK]
        told = [event for event in [*about, *own] if event.name.startswith(_SECURITY)]
        safety = {event.id: event for event in told if event.name != "user.viewed"}
        newest = sorted(safety.values(), key=lambda event: event.at, reverse=True)[:12]
        return {"work": _told(work), "security": _told(newest)}


def _told(events: Sequence[audit.Told]) -> list[dict[str, Any]]:
    return [{"what": event_words(e.name), "at": e.at, "who": e.user_name or "", "where": e.area_name} for e in events]


def _tools(user: User) -> list[Tool]:
    """The buttons, the likeliest first."""

    def tool(title: str, command: str, icon: str = "", *, danger: bool = False) -> Tool:
        return Tool(title, reverse(f"admin:person_{command}", args=[user.id]), icon, danger)

    status = status_of(user)
    if status == UserStatus.INACTIVE:
        return [
            tool(_("Switch on again"), "reactivate", "check"),
            tool(_("Code that only delivers"), "code", "code"),
        ]
    first = _("New code") if status == UserStatus.WAITING else _("New code (forgot the password)")
    app = tool(_("Take the second step away"), "second_factor", "key", danger=True)
    return [
        tool(first, "code", "code"),
        tool(_("Print a sheet"), "sheet", "print"),
        tool(_("Lost phone"), "lost_phone", "phone"),
        tool(_("Move to another team"), "move", "team"),
        tool(_("Change name or number"), "edit", "person"),
        tool(_("Give a role"), "grant", "key"),
        *([app] if is_enrolled(user.id) else []),
        tool(_("Switch off"), "deactivate", "alert", danger=True),
    ]
