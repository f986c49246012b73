"""What stands on activation sheets: who gets a slip, where they belong, whom to call; as data for the press."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from accounts.areas.names import AreaKind, Name
from accounts.issuing import Drawn
from accounts.models import Area, Grant, Membership, Team, User
from accounts.roles import GrantRole, TeamRole
from api.localtime import LOCAL, local_day, now
from api.press import square_code

_ORDER = {role: place for place, role in enumerate(TeamRole.values)}
_NATIONAL = re.compile(r"\+84(\d{2,3})(\d{3})(\d{3})")


@dataclass(frozen=True)
class Slip:
    """A person who is to get a code, and what the slip says beside the name."""

    user: User
    role: str


@dataclass
class Bundle:
    """Slips that are handed out together, in order; `place` is where. `roll`: with a list to tick off."""

    name: str
    place: str
    slips: list[Slip] = field(default_factory=list)
    leader: User | None = None
    roll: bool = True


def bundles_of_teams(teams: Sequence[Team], *, only: Collection[uuid.UUID] | None = None) -> list[Bundle]:
    """A bundle for each of these teams with somebody to print for: who waits for a first code, or `only` these.

    Leaders first, then by name. Six queries for any number of teams.
    """
    found: dict[uuid.UUID, list[Membership]] = {team.id: [] for team in teams}
    for membership in Membership.objects.holding().filter(team_id__in=list(found)):
        found[membership.team_id].append(membership)
    users = User.objects.in_bulk({m.user_id for memberships in found.values() for m in memberships})
    places = places_of({team.area_id for team in teams})
    return [
        bundle for team in teams if (bundle := _bundle(team, found[team.id], users, places[team.area_id], only)).slips
    ]


def bundle_of_one(user: User) -> Bundle:
    """The slip of one person, who may have no team."""
    membership = Membership.objects.unended().filter(user_id=user.id).order_by("starts_at").last()
    if membership is not None:
        [team] = Team.objects.filter(id=membership.team_id)
        members = Membership.objects.holding().filter(team_id=team.id, role=TeamRole.LEADER)
        leader = User.objects.filter(id__in=members.values("user_id"), is_active=True).exclude(id=user.id).first()
        slip = Slip(user, TeamRole(membership.role).label_vi)
        return Bundle(team.name, places_of([team.area_id])[team.area_id], [slip], leader, roll=False)
    grant = Grant.objects.unended().filter(user_id=user.id).order_by("starts_at").last()
    area = grant.area_id if grant else user.area_id
    role = GrantRole(grant.role).label_vi if grant else ""
    return Bundle("", places_of([area])[area] if area else "", [Slip(user, role)], roll=False)


def _bundle(
    team: Team,
    memberships: Iterable[Membership],
    users: Mapping[uuid.UUID, User],
    place: str,
    only: Collection[uuid.UUID] | None,
) -> Bundle:
    bundle = Bundle(team.name, place)
    for member in sorted(memberships, key=lambda m: (_ORDER[m.role], users[m.user_id].name_sort, m.user_id)):
        user = users[member.user_id]
        waits = user.is_active and not user.password
        if user.id in only if only is not None else waits:
            bundle.slips.append(Slip(user, TeamRole(member.role).label_vi))
        if member.role == TeamRole.LEADER and user.is_active:
            bundle.leader = bundle.leader or user
    return bundle


def places_of(area_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """`Thôn Thái An, xã Hồng Thái, tỉnh Lâm Đồng`, as the areas hang now; a query a level."""
    wanted = set(area_ids)
    known: dict[uuid.UUID, Area] = {}
    above = wanted
    while above:
        known |= Area.objects.in_bulk(above)
        above = {area.parent_id for area in known.values() if area.parent_id} - known.keys()
    return {area_id: ", ".join(_chain(known, area_id)) for area_id in wanted}


def _chain(known: Mapping[uuid.UUID, Area], area_id: uuid.UUID) -> Iterator[str]:
    area: Area | None = known[area_id]
    first = True
    while area is not None:
        full = Name(AreaKind(area.kind), area.name).full
        yield full if first else full[:1].lower() + full[1:]
        first, area = False, known[area.parent_id] if area.parent_id else None


def press_data(bundles: Sequence[Bundle], drawn: Drawn, *, server: str, by: User | None) -> dict[str, object]:
    """The data of the press. Who isn't among the drawn stands on the roll without a slip."""
    return {
        "title": "Phiếu kích hoạt An Thôn",
        "printed": f"{local_day(now()):%d/%m/%Y}",
        "until": f"{drawn.expires_at.astimezone(LOCAL):%H:%M ngày %d/%m/%Y}",
        "teams": [
            {
                "name": bundle.name,
                "place": bundle.place,
                "label": " · ".join(filter(None, (bundle.name, bundle.place))),
                "roll": bundle.roll,
                "people": [_person(slip, drawn, bundle.leader, by, server) for slip in bundle.slips],
            }
            for bundle in bundles
        ],
    }


def _person(slip: Slip, drawn: Drawn, leader: User | None, by: User | None, server: str) -> dict[str, object]:
    code = drawn.codes.get(slip.user.id)
    callee = by if leader is None or leader.id == slip.user.id else leader
    return {
        "name": slip.user.full_name,
        "role": slip.role,
        "phone": spoken_phone(slip.user.phone),
        "code": code,
        "qr": square_code(address_of(code, server)) if code else None,
        "delivers": slip.user.id in drawn.delivers,
        "call": {"name": callee.full_name, "phone": spoken_phone(callee.phone)}
        if callee and callee.id != slip.user.id
        else None,
    }


def address_of(code: str, server: str) -> str:
    """What the square code holds: the app opens it, and learns the server beside the code."""
    return "anthon://activate?" + urlencode({"code": code, "server": server}, safe=":/")


def spoken_phone(phone: str) -> str:
    """`0912 345 678`, which no line break divides; other numbers as they are stored."""
    match = _NATIONAL.fullmatch(phone)
    return "\N{NO-BREAK SPACE}".join((f"0{match[1]}", match[2], match[3])) if match else phone
