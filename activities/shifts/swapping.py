"""One side's word on a swap, said in the shift and, if another is given back for it, in that one too, at once."""

from __future__ import annotations

import uuid

import orjson

from activities.shifts.registration import SHIFT
from api.actors import Actor
from api.ids import uuid7
from api.listing import read_one
from api.localtime import now, wire
from api.problems import FieldError, Problem
from api.records import Wire
from api.sync.changes import Change
from api.sync.engine import write


def answer_swap(
    *, actor: Actor, shift_id: uuid.UUID, giver_id: str, taker_id: str, return_shift_id: str | None, answer: str
) -> Wire:
    """Agree or decline that `giver_id` hands this shift to `taker_id`, perhaps for another; the shift as it then is.

    Who asks must be one of the two. Saying again what was said last changes nothing. Raises Problem `not_found` out of
    scope, `gone`, `forbidden`, and `invalid` for a return shift that isn't there or is another team's, or by the rules.
    """
    shift: Wire = orjson.loads(read_one(actor, SHIFT, shift_id)[0])
    terms = [(shift, {"giver_id": giver_id, "taker_id": taker_id, "return_shift_id": return_shift_id})]
    if return_shift_id is not None:
        back = _return_shift(actor, shift, uuid.UUID(return_shift_id))
        terms.append((back, {"giver_id": taker_id, "taker_id": giver_id, "return_shift_id": str(shift_id)}))
    said = {"answer": answer, "at": wire(now()), "by_id": str(actor.user_id)}
    outcomes = [
        outcome.or_raise()
        for outcome in write(
            actor, [_change(one, each | said) if _is_news(one, each | said) else _nothing(one) for one, each in terms]
        )
    ]
    assert outcomes[0].record is not None
    return outcomes[0].record


def _return_shift(actor: Actor, shift: Wire, return_shift_id: uuid.UUID) -> Wire:
    try:
        back: Wire = orjson.loads(read_one(actor, SHIFT, return_shift_id)[0])
    except Problem:
        back = {}
    if back.get("team_id") != shift["team_id"] or back["id"] == shift["id"]:
        raise Problem("invalid", errors=[FieldError("/return_shift_id", "not_found")])
    return back


def _is_news(shift: Wire, voice: Wire) -> bool:
    """Whether this person's last word on these terms was another."""
    same = ("giver_id", "taker_id", "return_shift_id", "by_id")
    before = [each for each in shift["swaps"] if all(each[name] == voice[name] for name in same)]
    return not before or max(before, key=lambda each: (each["at"], each["id"]))["answer"] != voice["answer"]


def _change(shift: Wire, voice: Wire) -> Change:
    data = SHIFT.shape.decode({"swaps": [voice | {"id": str(uuid7())}]}, partial=True)
    return _edit(shift, data)


def _nothing(shift: Wire) -> Change:
    """Nothing is changed, but the engine says all the same whether the actor may, and how the shift stands."""
    return _edit(shift, {})


def _edit(shift: Wire, data: Wire) -> Change:
    area_id = uuid.UUID(shift["area_id"])
    return Change(SHIFT.name, uuid.UUID(shift["id"]), "patch", area_id, data, base_version=shift["version"])
