"""The accounts that a file names by phone: who there is, what they belong to, and how far the import may go with them.

Whoever belongs to nothing within the import's area isn't shown: their number is taken, and no more is said.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.imports.places import Scope
from accounts.models import Grant, Membership, User


@dataclass
class Account:
    """An account that stands, or that a row of this import makes (`user` None)."""

    id: uuid.UUID
    phone: str
    full_name: str
    line: int = 0
    user: User | None = None
    ours: bool = True
    """Whether all that it belongs to lies within the import's area: only then may it be renamed or switched off."""


@dataclass
class Accounts:
    """All accounts that a file names, and their standing memberships and grants."""

    by_phone: dict[str, Account] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    memberships: Mapping[tuple[uuid.UUID, uuid.UUID], Membership] = field(default_factory=dict)
    of_user: Mapping[uuid.UUID, list[Membership]] = field(default_factory=dict)
    grants: Mapping[tuple[uuid.UUID, str, uuid.UUID], Grant] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: Scope, phones: set[str]) -> Accounts:
        """Four queries."""
        users = {user.id: user for user in User.objects.filter(phone__in=phones)}
        standing = list(Membership.objects.unended().filter(user_id__in=users).order_by("id"))
        grants = list(Grant.objects.unended().filter(user_id__in=users))
        areas: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
        for user in users.values():
            if user.area_id is not None:
                areas[user.id].add(user.area_id)
        of_user: dict[uuid.UUID, list[Membership]] = defaultdict(list)
        for membership in standing:
            areas[membership.user_id].add(membership.area_id)
            of_user[membership.user_id].append(membership)
        for grant in grants:
            areas[grant.user_id].add(grant.area_id)
        covered = scope.covered(set().union(*areas.values()) if areas else set())
        hidden = {user.phone for user in users.values() if areas[user.id] and not areas[user.id] & covered}
        return cls(
            by_phone={
                user.phone: Account(user.id, user.phone, user.full_name, 0, user, areas[user.id] <= covered)
                for user in users.values()
                if user.phone not in hidden
            },
            hidden=frozenset(hidden),
            memberships={(each.team_id, each.user_id): each for each in standing},
            of_user=of_user,
            grants={(grant.user_id, grant.role, grant.area_id): grant for grant in grants},
        )
