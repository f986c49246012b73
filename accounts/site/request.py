"""A request for a page of the site, and who looks at it, by which roles."""

from __future__ import annotations

import uuid

from django.http import HttpRequest

from accounts.scoping import SessionActor

ADMINS = frozenset({"admin"})


def holds(actor: SessionActor, roles: frozenset[str]) -> bool:
    """Whether somebody has one of these roles over any area."""
    return any(holding.role in roles for holding in actor.holdings)


class Viewer:
    """Who looks at a page, as Django's admin asks for a user. Rights are the actor's; this one has none of its own."""

    is_active = is_staff = is_authenticated = True
    is_anonymous = False
    email = ""

    def __init__(self, actor: SessionActor) -> None:
        self.pk = self.id = actor.user_id
        self.full_name = actor.full_name

    def __str__(self) -> str:
        return self.full_name

    def get_username(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def has_usable_password(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class SiteRequest(HttpRequest):
    """A request for a page: `actor` is who asks, there on all pages but the public ones."""

    actor: SessionActor
    request_id: uuid.UUID
    user: Viewer  # type: ignore[assignment]
