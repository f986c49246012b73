"""What a writer asks for and what became of it: the one vocabulary of push, REST and services."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from api.etags import etag_of
from api.localtime import now
from api.problems import Problem
from api.records import Wire

MOST_MUTATIONS = 200

Op = Literal["put", "patch", "delete"]
Status = Literal["applied", "unchanged", "merged", "conflict", "gone", "rejected", "deferred", "stale"]


@dataclass(frozen=True)
class Clock:
    """When a change was made, as far as can be known (3-api, Clocks)."""

    occurred_at: dt.datetime
    received_at: dt.datetime
    skew_s: int = 0
    estimated: bool = False


def server_clock() -> Clock:
    """The clock of a change that is made here and now."""
    moment = now()
    return Clock(occurred_at=moment, received_at=moment)


@dataclass(frozen=True)
class Change:
    """One wish: put, patch or delete a record. `data` is decoded, canonical wire form.

    `expected_version` turns it away as `stale` unless the record stands at just that version (If-Match). `system`
    says that the calling service has decided who may; otherwise the type's access decides.
    """

    type: str
    id: uuid.UUID
    op: Op
    area_id: uuid.UUID
    data: Wire = field(default_factory=dict)
    base_version: int | None = None
    clock: Clock = field(default_factory=server_clock)
    mutation_id: uuid.UUID | None = None
    body_hash: bytes = b""
    expected_version: int | None = None
    system: bool = False
    event: str | None = None


@dataclass
class Outcome:
    """What became of a change. `record` is the record as it stands now, for those who may see it.

    `repeated`: answered from what was kept of an earlier try, so there is nothing to keep. `was` is what it was
    answered then.
    """

    status: Status
    version: int | None = None
    was: str | None = None
    problem: Problem | None = None
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    record: Wire | None = None
    stored_problem: dict[str, Any] | None = None
    late: bool = False
    repeated: bool = False

    def or_raise(self) -> Outcome:
        """Itself if the change was taken or changes nothing; else its problem, for callers who make one change at a
        time.

        Raises `precondition_failed` (with `current`) for a stale version, `gone`, `not_found`, `conflict`, or what
        refused it.
        """
        match self.status:
            case "stale":
                headers = {"ETag": etag_of(self.version or 0)}
                raise Problem("precondition_failed", headers=headers, current=self.record)
            case "gone" | "conflict":
                raise Problem(self.status)
            case "deferred":
                raise Problem("not_found")
        if self.problem is not None:
            if self.problem.code == "already_exists" and self.record is not None:
                raise Problem("already_exists", current=self.record)
            raise self.problem
        return self


def rejected(problem: Problem, record: Wire | None = None) -> Outcome:
    """Final: this change will never be taken."""
    return Outcome(status="rejected", problem=problem, record=record)
