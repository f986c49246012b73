"""What an import of hamlets, teams, people and roles would do beside its records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.areas.rows import AreaRow
from accounts.imports.load import Load
from accounts.models import Area, AreaPlacement, Grant, User


@dataclass
class AccountsLoad(Load):
    """Hamlets with what they hang below, accounts and roles; teams and memberships are records."""

    hamlets: list[tuple[AreaRow, Sequence[AreaPlacement]]] = field(default_factory=list)
    attributes: list[tuple[Area, dict[str, Any]]] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    renamed: dict[uuid.UUID, str] = field(default_factory=dict)
    homes: dict[uuid.UUID, uuid.UUID | None] = field(default_factory=dict)
    """Where those belong who are renamed."""
    settled: dict[uuid.UUID, uuid.UUID | None] = field(default_factory=dict)
    """Accounts that belonged nowhere, and where they belong now."""
    left: list[uuid.UUID] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    grant_ends: list[tuple[Grant, dt.datetime]] = field(default_factory=list)
    relied_on: dict[uuid.UUID, tuple[str, bool]] = field(default_factory=dict)
    """Accounts as they were read: name, and whether active."""
