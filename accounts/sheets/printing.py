"""Printing activation sheets at once: for a team, for one person.

Codes are drawn, then printed, then stored: nothing is held while the press works, and a sheet that nobody got has
changed nothing. No code is kept that could be read; a second print draws new ones.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from pathlib import Path

from accounts.issuing import Drawn, draw_codes, refused_codes, store_codes
from accounts.models import Team, User
from accounts.rights import heads_team, require_in, require_over_user
from accounts.sheets.slips import Bundle, bundle_of_one, bundles_of_teams, press_data
from api.actors import Actor
from api.press import printed
from api.problems import FieldError, Problem
from api.transactions import run_in

_SHEET = Path(__file__).parent / "sheet.typ"


def print_team(*, actor: Actor, team_id: uuid.UUID, server: str, user_ids: Sequence[uuid.UUID] | None = None) -> bytes:
    """A PDF of slips with new codes for the members who wait for a first one, or for those named; with a list of them.

    By an admin, or by the team's leader or deputy. Raises Problem `not_found`, `forbidden`, `nobody_waiting`, and
    `invalid` for those named who aren't in the team.
    """
    team = Team.objects.filter(id=team_id, deleted_at=None).first()
    if team is None:
        raise Problem("not_found")
    if not heads_team(actor, team_id):
        require_in(actor, team.area_id, {"admin"})
    bundles = bundles_of_teams([team], only=user_ids)
    printed = {slip.user.id for bundle in bundles for slip in bundle.slips}
    if strangers := [place for place, user_id in enumerate(user_ids or ()) if user_id not in printed]:
        raise Problem("invalid", errors=[FieldError(f"/user_ids/{place}", "not_member") for place in strangers])
    if not bundles:
        raise Problem("nobody_waiting")
    return _print(actor, bundles, server)


def print_user(*, actor: Actor, user_id: uuid.UUID, server: str) -> bytes:
    """A PDF with one person's slip and a new code, which only delivers if the account is switched off.

    By an admin, or for a member by the team's leader or deputy. Raises Problem `not_found` and `forbidden`.
    """
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise Problem("not_found")
    require_over_user(actor, user_id, heads_too=user.is_active)
    return _print(actor, [bundle_of_one(user)], server)


def _print(actor: Actor, bundles: Sequence[Bundle], server: str) -> bytes:
    drawn = draw_for(actor, bundles)
    if not drawn.codes:
        raise Problem("forbidden")
    pdf = press(bundles, drawn, server=server, by=printer(actor))
    run_in("write", lambda: store_codes(actor=actor.again(), drawn=drawn))
    return pdf


def draw_for(actor: Actor, bundles: Sequence[Bundle]) -> Drawn:
    """Codes for all of them that the actor may give."""
    users = {slip.user.id: slip.user for bundle in bundles for slip in bundle.slips}
    refused = refused_codes(actor, {user_id: user.is_active for user_id, user in users.items()})
    return draw_codes({user_id: user for user_id, user in users.items() if user_id not in refused})


def printer(actor: Actor) -> User | None:
    """Who prints, to be called by those who have no leader."""
    return User.objects.filter(id=actor.user_id).first() if actor.user_id else None


def press(bundles: Collection[Bundle], drawn: Drawn, *, server: str, by: User | None) -> bytes:
    """The PDF of these bundles, by a process of its own. Raises Problem `unavailable` if that fails its limits."""
    return printed(_SHEET, press_data(list(bundles), drawn, server=server, by=by))
