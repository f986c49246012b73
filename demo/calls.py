"""Calls of a night: an SOS with hardly a field, and a tip whose only trace is a receipt."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from demo.ledger import Ledger
from demo.session import Refused
from demo.store import Data

if TYPE_CHECKING:
    from demo.people import Person


@dataclass
class Tip:
    """A tip that waits on a phone, then the receipt of one that was sent: by it alone it is found again."""

    id: str
    body: Data
    receipt: str | None = None


def sos(person: Person) -> None:
    """Somebody is in danger and presses the button: where is all that the phone adds."""
    location = {"lon": 108.1, "lat": 10.93, "accuracy_m": 40}
    person.create("alert", {"team_id": person.team_id, "location": location})


def answer(leader: Person) -> None:
    """The leader takes on all that the hamlet called for: what nobody answers would go to the next level meanwhile."""
    session = leader.phone.session
    for alert in session.get(f"/v1/alerts?area={leader.area_id}&status=open&limit=200")["items"]:
        session.ask("POST", f"/v1/alerts/{alert['id']}/acknowledge")


def note_tip(person: Person) -> None:
    """Write a tip down. It goes by no queue that is synced."""
    id = str(uuid.uuid4())
    body = {"id": id, "area_id": person.area_id, "category": "drugs", "text": "Nhà hoang cuối ngõ, đêm nào cũng tụ tập"}
    person.tips.append(Tip(id, body))


def send_tips(person: Person) -> None:
    """Send what waits. An answer that was lost is asked for again: the same receipt comes."""
    for tip in person.tips:
        if tip.receipt is None:
            tip.receipt = _send(person, tip)


def doubtful_tips(person: Person) -> Iterator[str]:
    """Every tip was taken, once: sent again it has the same receipt, which shows that it came and nothing more."""
    for tip in person.tips:
        if tip.receipt is None or _send(person, tip) != tip.receipt:
            yield f"{person.key}: a tip has no receipt, or another one when it is sent again"
        elif (shown := person.phone.session.get(f"/v1/tips/receipts/{tip.receipt}")) != {
            "status": "new",
            "replies": [],
        }:
            yield f"{person.key}: a receipt shows {shown}"


def unheard(ledger: Ledger, truth: Mapping[tuple[str, str], Data]) -> Iterator[str]:
    """Every urgent sight raised one alert, and somebody answered each."""
    for (type, id), record in truth.items():
        if type == "alert" and record.get("status") == "open":
            yield f"alert {id} was answered by nobody"
    raised = [record.get("observation_id") for (type, _), record in truth.items() if type == "alert"]
    for (type, id), record in truth.items():
        if type == "observation" and id in ledger.deeds:
            expected = 1 if record.get("severity") == "urgent" else 0
            if raised.count(id) != expected:
                yield f"observation {id}: {raised.count(id)} alerts, expected {expected}"


def _send(person: Person, tip: Tip) -> str:
    session = person.phone.session
    answer = session.ask("POST", "/v1/tips", body=lambda: json.dumps(tip.body).encode())
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise Refused(answer)
    return str(answer.json()["receipt"])
