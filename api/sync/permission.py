"""By which right a change is taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import Enum, auto

from api.actors import Actor, Standing
from api.problems import Problem
from api.sync.batch import State
from api.sync.changes import Change
from api.sync.clocks import shifted


class Permit(Enum):
    """What a change is taken as."""

    FULL = auto()
    LATE = auto()
    """Made while a membership lasted, delivered after it ended."""


def permit(change: Change, state: State, standing: Standing, actor: Actor) -> Permit:
    """The right by which the actor makes this change; raises `forbidden` or `membership_ended` if there is none."""
    teams = {record["team_id"] for record in (state.record, change.data) if record and "team_id" in record}
    if not teams and (state.record is None or "team_id" in state.record):
        # The record names no team, or isn't there yet (a delete, a track that comes first): any own team will do.
        teams = {str(team) for team in standing.teams}
    if all(standing.may_write(state.kind, team) for team in teams or {None}):
        return Permit.FULL
    made = _made(change, state, actor) if standing.late else ()
    for window in standing.late:
        if made and teams <= {str(window.team_id)} and all(window.start <= each <= window.end for each in made):
            return Permit.LATE
    raise Problem("membership_ended" if standing.late else "forbidden")


def _made(change: Change, state: State, actor: Actor) -> Sequence[dt.datetime]:
    """When what is the actor's own in this change was made: an own record, or own entries in somebody else's."""
    if state.record is None or state.record["author_id"] == str(actor.user_id):
        return [change.clock.occurred_at]
    if change.op != "patch":
        return ()
    moments = state.kind.late_entries(actor, state.record, change.data)
    skew = dt.timedelta(seconds=change.clock.skew_s)
    return [shifted(dt.datetime.fromisoformat(moment), skew) for moment in moments]
