"""An evening's duty: roster and route laid out before dark, checking in and out, a swap that two phones agree on
without hearing one another, checkpoints scanned on the way, and what the server makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.clock import wire_time
from demo.ledger import Ledger
from demo.phone import Phone
from demo.store import Data

if TYPE_CHECKING:
    from demo.people import Person

STOPS = (("Cổng chợ", 108.1, 10.93), ("Đầu cầu Sông Lũy", 108.103, 10.932))


@dataclass(frozen=True)
class Duty:
    """What a team has in hand before it goes out."""

    shift_id: str
    route_id: str
    checkpoints: tuple[Data, ...]


def lay_out(team: Sequence[Person], *, begins: float, lasts_s: float) -> None:
    """The leader, still in reach, plans shift and route, and everybody knows of them. `begins` is in unix seconds.

    The last of a team isn't on the roster: whoever swaps in has to be free.
    """
    leader = team[0]
    shift_id = leader.create(
        "shift",
        {
            "team_id": leader.team_id,
            "starts_at": wire_time(begins),
            "ends_at": wire_time(begins + lasts_s),
            "assignee_ids": sorted(person.user_id for person in team[: max(1, len(team) - 1)]),
        },
    )
    places = [
        {"name": name, "location": {"lon": lon, "lat": lat, "accuracy_m": 5}, "radius_m": 60}
        for name, lon, lat in STOPS
    ]
    ids = [leader.create("checkpoint", {"team_id": leader.team_id, **place}) for place in places]
    stops: list[Data] = [{"checkpoint_id": id, "windows": [], "every_min": None} for id in ids]
    route_id = leader.create("route", {"team_id": leader.team_id, "name": "Tuyến chợ – cầu", "stops": stops})
    leader.phone.deliver()
    codes = [leader.phone.session.ask("POST", f"/v1/checkpoints/{id}/code").json()["code"] for id in ids]
    told = zip(ids, places, codes, strict=True)
    duty = Duty(shift_id, route_id, tuple({"id": id, "code": code, **place} for id, place, code in told))
    for person in team:
        person.duty = duty
        person.phone.sync.pull()


def check(person: Person, event: str) -> None:
    """Sign that one came or left: `check_in`, `check_out`."""
    _add(person, "attendance", {"user_id": person.user_id, "event": event, "location": None})


def swap(giver: Person, taker: Person) -> None:
    """Both say yes, each on the own phone, without signal; nobody is told of the other's answer before dawn."""
    terms = {"giver_id": giver.user_id, "taker_id": taker.user_id, "return_shift_id": None, "answer": "agree"}
    for person in (giver, taker):
        _add(person, "swaps", terms)
    assert giver.duty is not None
    shift = giver.ledger.deeds[giver.duty.shift_id]
    shift.follows["on_duty_ids"] = sorted({*shift.data["assignee_ids"], taker.user_id} - {giver.user_id})


def scan(person: Person, checkpoint: Data) -> Data:
    """A visit to a checkpoint, shown by its square code."""
    location = {**checkpoint["location"], "accuracy_m": person.dice.randint(3, 25)}
    named = {"checkpoint_id": checkpoint["id"], "visited_at": person.clock.now(), "user_id": person.user_id}
    return {"id": person.clock.uuid7(), "method": "qr", "code": checkpoint["code"], "location": location, **named}


def misjudged(ledger: Ledger, reader: Phone, patrol_id: str) -> Iterator[str]:
    """Every visit is told of once, with a code that is good, whoever delivered it and when."""
    [expected] = ledger.deeds[patrol_id].expected("checkpoint_visits")
    judged = reader.session.get(f"/v1/patrols/{patrol_id}/checkpoints")
    visits = [visit for stop in judged["checkpoints"] for visit in stop["visits"]]
    if sorted(visit["id"] for visit in visits) != sorted(expected):
        yield f"patrol {patrol_id}: {len(visits)} visits are told of, {len(expected)} were made"
    for visit in visits:
        if "code_invalid" in visit["flags"]:
            yield f"patrol {patrol_id}: a good code is called false at visit {visit['id']}"


def hand_over(leader: Person) -> None:
    """The leader closes the shift for those who come next."""
    assert leader.duty is not None
    note = "Ca sau chú ý ngõ 3 và khu chợ: đèn còn hỏng."
    leader.edit("shift", leader.duty.shift_id, status="completed", handover_note=note)


def _add(person: Person, name: str, entry: Data) -> None:
    assert person.duty is not None
    shift_id = person.duty.shift_id
    shift = person.phone.see("shift", shift_id) or {}
    signed = {"id": person.clock.uuid7(), "at": person.clock.now(), "by_id": person.user_id, **entry}
    person.edit("shift", shift_id, **{name: [*shift[name], signed]})
