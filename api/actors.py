"""What the wire needs to know of whoever acts; `accounts` supplies the real one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from api.ids import parsed
from api.records import RecordType

Statement = tuple[str, Sequence[Any]]
"""SQL and its parameters."""


@dataclass(frozen=True)
class LateWindow:
    """A membership that ended less than 30 days ago: what its holder made in it may still be delivered."""

    team_id: uuid.UUID
    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True)
class Standing:
    """What an actor is in one area: roles held there, own teams, and memberships lately ended."""

    roles: frozenset[str] = frozenset()
    teams: frozenset[uuid.UUID] = frozenset()
    late: tuple[LateWindow, ...] = ()

    def may_read(self, kind: RecordType) -> bool:
        """Whether records of this type in this area can be seen."""
        return kind.access.may_read(self.roles)

    def may_write(self, kind: RecordType, team_id: str | None) -> bool:
        """Whether a record of this type, of this team, in this area, can be written."""
        if not kind.access.write.isdisjoint(self.roles):
            return True
        own = team_id is not None and parsed(team_id) in self.teams
        return own and not kind.access.team_write.isdisjoint(self.roles)


NOBODY = Standing()


class StreamView(NamedTuple):
    """One area that a phone syncs, with the types it sees there. `own` is False for ancestors of its areas.

    A tuple with the id as text, since an officer has a thousand of them in each request.
    """

    area: str
    no: int
    head: int
    floor: int
    roles: frozenset[str]
    types: frozenset[str]
    own: bool

    @property
    def area_id(self) -> uuid.UUID:
        return uuid.UUID(self.area)


@dataclass(frozen=True)
class Event:
    """One audit event to be: `name` in the past tense, about what, where, and details without personal data."""

    name: str
    area_id: uuid.UUID | None = None
    subject_type: str | None = None
    subject_id: uuid.UUID | None = None
    details: Mapping[str, object] = field(default_factory=dict)


class Held(Protocol):
    """What somebody holds, within the statement that finds out who asks: for who asks more in that one statement."""

    user: str
    """An SQL term: whose account."""

    def streams(self) -> Statement:
        """The query behind `Actor.streams`: one row with one column, which `Actor.streams_told` takes."""

    def reach(self, kind: RecordType, within: uuid.UUID | None = None) -> Statement:
        """A query for the areas in which whoever asks sees records of this type, if that doesn't flow downward.

        Some may come twice. `within` leaves only the subtree of that area.
        """

    def reaches(self, kind: RecordType, area: str, within: uuid.UUID | None = None) -> Statement:
        """A condition: whether whoever asks sees records of this type in the area that `area`, an SQL term, names."""


Along = Callable[[Held], Statement | None]
"""What is asked along with who asks, if anything: a query of at most one row, whose columns are `Actor.found`."""


class Actor(Protocol):
    """Who acts, made afresh for each request from one query."""

    @property
    def found(self) -> Sequence[Any]:
        """What was asked along, in the very statement that made the actor; nulls if there was no row."""

    @property
    def user_id(self) -> uuid.UUID | None:
        """Whose account; None for the server itself."""

    @property
    def device_id(self) -> uuid.UUID | None:
        """On which phone."""

    @property
    def request_id(self) -> uuid.UUID:
        """In which request."""

    def home_areas(self) -> Sequence[uuid.UUID]:
        """The areas of the actor's own memberships and grants, memberships first; no query."""

    def again(self, along: Along | None = None) -> Actor:
        """The same actor read afresh, in the transaction that is open now.

        Raises Problem `session_ended`, and `account_inactive` as when it was made.
        """

    def standing(self, area_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Standing]:
        """What the actor is in each of these areas; areas out of scope are absent. One query, however many areas."""

    def places(self, area_ids: Iterable[uuid.UUID]) -> Statement:
        """The query behind `standing`, for who asks it together with others: its rows are what `standing_at` takes."""

    def standing_at(self, places: Iterable[tuple[uuid.UUID, str]]) -> Mapping[uuid.UUID, Standing]:
        """The same from what that query gave."""

    def streams(self) -> Sequence[StreamView]:
        """The areas to sync with heads and visible types, in order of `no`. One query."""

    def streams_told(self, told: str | None) -> Sequence[StreamView]:
        """The same from what `Held.streams` gave."""

    def reach(self, kind: RecordType, within: uuid.UUID | None = None) -> Statement:
        """SQL (and its parameters) selecting the area ids in which the actor sees records of this type.

        `within` leaves only the subtree of that area.
        """

    def reaches_widely(self, kind: RecordType, area: str) -> Statement | None:
        """A condition on a row's area that says whether records of this type are seen there, as in `reach`.

        Only for who sees whole provinces, else None: others reach few areas, and none of a table's first rows.
        """

    def reads(self, kind: RecordType) -> bool:
        """Whether some role of the actor lets it see records of this type somewhere."""

    def counts(self, kind: RecordType) -> bool:
        """Whether some role of the actor lets it count records of this type without seeing them."""

    def row_security(self, *, counting: bool = False) -> Statement:
        """The statement that tells the database who acts; the head of every transaction that meets guarded tables.

        `counting`: for queries that give figures alone, who may only count sees the rows too.
        """

    def audit(self, events: Sequence[Event]) -> Statement:
        """The statement that inserts these events, to run in the transaction of what they tell of."""
