"""Teams and memberships as records: their shapes, and who sees them. Only services write them."""

from typing import Any

from accounts.models import Membership as MembershipModel
from accounts.models import Team as TeamModel
from accounts.roles import TeamRole, TeamStatus, TeamType
from api.fields import Choice, Day, Id, Moment, Text
from api.problems import FieldError
from api.records import Known, RecordType, Wire, access, register
from api.shapes import RecordSerializer
from api.text import fold

_ACCESS = access(
    read="member leader deputy_leader front_work_head front_officer police_officer", write="admin", count="analyst"
)


class Team(RecordSerializer):
    """A team of a hamlet."""

    team_type = Choice(choices=TeamType.choices)
    name = Text(max_length=200)
    founding_decision = Text(max_length=200, required=False, allow_null=True)
    founded_on = Day(required=False, allow_null=True)
    status = Choice(choices=TeamStatus.choices, required=False, default="active")


class Membership(RecordSerializer):
    """A person's place in a team. A change of role ends one and begins another; `ends_at` is null while it holds."""

    team_id = Id()
    user_id = Id()
    full_name = Text(max_length=200)
    role = Choice(choices=TeamRole.choices)
    badge_number = Text(max_length=40, required=False, allow_null=True)
    starts_at = Moment()
    ends_at = Moment(required=False, allow_null=True)


def membership_rules(membership: Wire, _: Known) -> list[FieldError]:
    """A membership ends after it began."""
    if membership["ends_at"] and membership["ends_at"] < membership["starts_at"]:
        return [FieldError("/ends_at", "before", {"other": "starts_at"})]
    return []


def membership_verb(before: Wire | None, after: Wire | None) -> str:
    """Begun, ended, or merely corrected."""
    if before is None:
        return "began"
    if after is None:
        return "deleted"
    return "ended" if after["ends_at"] and not before["ends_at"] else "updated"


def _own(making: str, changing: str | None = None) -> dict[str, type[Any]]:
    """The methods that services stand behind; asked for when routes are made, since they need the types themselves."""
    from accounts.views import teams

    own = {"CollectionView": getattr(teams, making)}
    return own | ({"ItemView": getattr(teams, changing)} if changing else {})


TEAM = register(
    RecordType(
        name="team",
        collection="teams",
        model=TeamModel,
        serializer=Team,
        access=_ACCESS,
        writable=False,
        filters=("team_type", "status"),
        beside=lambda: _own("TeamMaking", "TeamChanging"),
        search=("name_fold",),
        walked=True,
        columns=lambda team: {"name_fold": fold(team["name"])},
    )
)
MEMBERSHIP = register(
    RecordType(
        name="membership",
        collection="memberships",
        model=MembershipModel,
        serializer=Membership,
        access=_ACCESS,
        writable=False,
        filters=("team_id", "user_id", "role"),
        walked=True,
        beside=lambda: _own("MembershipMaking"),
        rules=membership_rules,
        verb=membership_verb,
        verbs=frozenset({"began", "ended", "updated", "deleted"}),
    )
)
