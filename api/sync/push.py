"""Push: a phone's mutations, each answered for itself; one bad one never stops another.

A push commits area by area. Its queries depend on the areas and types that it touches, never on the number of
mutations.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import orjson
from django.db import DataError, IntegrityError, OperationalError, transaction

from api.actors import Actor, Held, Statement
from api.localtime import now
from api.problems import FieldError, Problem
from api.problems import body as problem_body
from api.problems.database import rolled_back, sqlstate
from api.records import Seen, record_type, record_types
from api.sync import answered, store
from api.sync.changes import MOST_MUTATIONS, Outcome, rejected
from api.sync.engine import write
from api.sync.envelope import Item, open_item, place, understand, waiting
from api.sync.epoch import READ_EPOCH, epoch_of
from api.transactions import run_in

LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Pushed:
    """What became of each mutation, in order, and the epoch that they were taken in."""

    items: list[Item]
    epoch: int


def open_items(mutations: Sequence[Any], flawed: Mapping[int, Problem]) -> list[Item]:
    """The mutations' envelopes; `flawed` are those whose JSON can't be stored, by index.

    Raises Problem `too_many_mutations`.
    """
    if len(mutations) > MOST_MUTATIONS:
        raise Problem("too_many_mutations", params={"max": MOST_MUTATIONS})
    return [open_item(raw, flawed.get(index)) for index, raw in enumerate(mutations)]


def known_along(held: Held, items: Sequence[Item]) -> Statement:
    """What a push asks along with who asks: the epoch, and what of it was taken before."""
    known, params = answered.known(held.user, [sent.mutation_id for _, sent in waiting(items)])
    return f"SELECT e.epoch, e.same_history, {store.as_text(known)} FROM ({READ_EPOCH}) e", params


def push(actor: Actor, items: list[Item], sent_at: dt.datetime) -> Pushed:
    """Take the mutations and say what became of each; `actor` was made with `known_along`, for these items.

    What was taken before is answered first, so that a repeated push locks nothing. The epoch was read before any
    commit: read afterwards, it might be that of a server which has lost what it is said to vouch for. Raises only for
    what befalls the whole push: a database that is gone.
    """
    epoch = epoch_of(*_answer_known(items, actor))
    place(actor, items)
    received_at = now()
    for item, sent in waiting(items):
        understand(item, sent, sent_at, received_at)
    _defer_followers(items)
    by_area: dict[uuid.UUID, list[Item]] = defaultdict(list)
    for item, _ in waiting(items):
        assert item.area_id is not None
        by_area[item.area_id].append(item)
    for area_id in sorted(by_area):
        _commit(actor, by_area[area_id])
    _keep_refusals(actor, items, received_at)
    _acknowledge(actor, items)
    return Pushed(items, epoch)


def _answer_known(items: Sequence[Item], actor: Actor) -> tuple[int, bool]:
    """Answer what was taken before, as found along with the actor; gives the columns of the epoch."""
    epoch, same_history, rows = actor.found
    known = answered.Known.read(orjson.loads(rows or "[]"))
    for item, sent in waiting(items):
        if before := known.get(sent.mutation_id):
            item.outcome = before.answer(sent.body_hash)
    return epoch, same_history


def _defer_followers(items: Sequence[Item]) -> None:
    """Mutations of one record apply in the order sent: what follows a deferred one waits with it."""
    deferred: set[tuple[str, uuid.UUID]] = set()
    for item in items:
        if item.sent is None:
            continue
        key = item.sent.type, item.sent.id
        if item.outcome is None and key in deferred:
            item.outcome = Outcome("deferred", problem=Problem("not_there_yet"))
        elif item.outcome is not None and item.outcome.status == "deferred":
            deferred.add(key)


def _commit(actor: Actor, items: Sequence[Item]) -> None:
    """One area's changes in one transaction; `deferred` if its stream stays locked."""
    attempts = count()

    def attempt() -> list[tuple[Item, Outcome]]:
        who = actor
        if next(attempts):
            # Undone, perhaps because the same push came twice at once: then the other one has answered.
            who = actor.again(lambda held: known_along(held, items))
            _answer_known(items, who)
        still_open = [(item, item.change) for item in items if item.outcome is None and item.change]
        outcomes = write(who, [change for _, change in still_open]) if still_open else []
        return [(item, outcome) for (item, _), outcome in zip(still_open, outcomes, strict=True)]

    try:
        settled = run_in("write", attempt)
    except OperationalError as error:
        if sqlstate(error) != LOCK_NOT_AVAILABLE and not rolled_back(error):
            raise
        settled = [(item, Outcome("deferred", problem=Problem("lock_timeout"))) for item in items if not item.outcome]
    except (DataError, IntegrityError):
        _commit_apart(actor, [item for item in items if not item.outcome])
        return
    for item, outcome in settled:
        item.outcome = outcome


def _commit_apart(actor: Actor, items: Sequence[Item]) -> None:
    """The database won't hold one of these though its shape allows it: it is found by halves, the others go through."""
    if len(items) == 1:
        items[0].outcome = rejected(Problem("invalid"))
        return
    middle = len(items) // 2
    _commit(actor, items[:middle])
    _commit(actor, items[middle:])


def _keep_refusals(actor: Actor, items: Sequence[Item], received_at: dt.datetime) -> None:
    """Remember what was refused before it reached an area, so that a repeat is answered alike."""
    rows: dict[uuid.UUID, dict[str, Any]] = {}
    for item in items:
        sent, outcome = item.sent, item.outcome
        if sent and item.change is None and outcome and outcome.status == "rejected" and not outcome.repeated:
            rows.setdefault(sent.mutation_id, answered.row(actor, outcome, sent, received_at))
    if rows:
        with transaction.atomic():
            store.run([answered.insert(list(rows.values()), again=True)])


def _acknowledge(actor: Actor, items: Sequence[Item]) -> None:
    """Let each type add to the results of what it took, now or before (an upload's address, say)."""
    taken: dict[str, dict[uuid.UUID, Item]] = defaultdict(dict)
    for item in items:
        kind = item.sent and record_types().get(item.sent.type)
        status = item.outcome and (item.outcome.was or item.outcome.status)
        if item.sent and kind and kind.acknowledge and status in ("applied", "unchanged", "merged"):
            taken[kind.name][item.sent.id] = item
    for name, by_id in taken.items():
        acknowledge = record_type(name).acknowledge
        assert acknowledge is not None
        for record_id, extra in acknowledge(actor, list(by_id)).items():
            by_id[record_id].extra = extra


def result(item: Item, language: str, request_id: str) -> dict[str, Any]:
    """A mutation's result as it is written."""
    outcome = item.outcome
    assert outcome is not None
    raw = item.raw if isinstance(item.raw, Mapping) else {}
    written: dict[str, Any] = {
        **{name: _text(raw.get(name)) for name in ("mutation_id", "type", "id")},
        "status": outcome.status,
        "version": outcome.version,
    }
    if outcome.was:
        written["was"] = outcome.was
    problem = outcome.problem or problem_from(outcome.stored_problem)
    if problem:
        written["problem"] = problem_body(problem, language, request_id)
    if outcome.conflicts:
        # Who only delivers late isn't shown what others wrote.
        hidden = {"stored"} if outcome.late else set()
        written["conflicts"] = [
            {name: value for name, value in conflict.items() if name not in hidden} for conflict in outcome.conflicts
        ]
    shown = outcome.status in ("conflict", "merged") or (problem and problem.code == "already_exists")
    if outcome.record is not None and shown and not outcome.late:
        written["current"] = outcome.record
    return written | dict(item.extra)


def tell_shown(actor: Actor, results: Sequence[Mapping[str, Any]]) -> None:
    """Tell the types that want to know which of their records the results show."""
    shown: dict[str, list[uuid.UUID]] = defaultdict(list)
    for each in results:
        if "current" in each:
            shown[each["type"]].append(uuid.UUID(each["id"]))
    for name, ids in shown.items():
        if tell := record_type(name).seen:
            tell(actor, Seen("push", ids))


def _text(value: object) -> str | None:
    """What was sent under a name that should hold text: whatever else came isn't echoed."""
    return value if isinstance(value, str) else None


def problem_from(stored: Mapping[str, Any] | None) -> Problem | None:
    """A problem as it was kept with a mutation, to be told again in the reader's language."""
    if not stored:
        return None
    faults = [FieldError(pointer, code, params) for pointer, code, params in stored["errors"]]
    return Problem(stored["code"], errors=faults)


def written_by(items: Iterable[Item]) -> dict[tuple[str, str], int]:
    """The versions that this push made out of what the phone holds alone: its own pull needn't send them back.

    Each follows at once on what the phone named or this push made. Where a version lies between, the phone lacks it,
    even if the edit counts as plainly applied: another's piece of track changes what is derived from it, say.
    """
    made: dict[tuple[str, str], int] = {}
    mixed: set[tuple[str, str]] = set()
    for item in items:
        if item.change and item.outcome:
            key = item.change.type, str(item.change.id)
            stood = made.get(key, item.change.base_version or 0)
            if item.outcome.status == "applied" and item.outcome.version == stood + 1:
                made[key] = stood + 1
            else:
                mixed.add(key)
    return {key: version for key, version in made.items() if key not in mixed}
