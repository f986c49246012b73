"""The comparison at the end: what was done, what the server holds, and what each phone holds must be the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from demo.calls import doubtful_tips, unheard
from demo.clock import unix_time
from demo.doorstep import unproven
from demo.duty import misjudged
from demo.jpeg import photo
from demo.ledger import LOGS, SETS, Deed, Ledger
from demo.people import Person
from demo.phone import Phone
from demo.receipts import BadReceipt, UnknownKey, check_receipt
from demo.session import OutOfReach, Refused
from demo.store import Data
from demo.tracks import Point, points
from demo.wire import NoAnswer

COLLECTIONS = {
    "shift": "shifts",
    "route": "routes",
    "checkpoint": "checkpoints",
    "patrol": "patrols",
    "observation": "observations",
    "alert": "alerts",
    "household": "households",
    "pledge": "pledges",
    "media": "media",
}
CLOCK_TOLERANCE_S = 90

Truth = Mapping[tuple[str, str], Data]


def differences(people: Sequence[Person], ledger: Ledger, readers: Mapping[str, Phone]) -> Iterator[str]:
    """Every difference, named. `readers` are fresh phones, by area, that started from nothing."""
    truth: dict[tuple[str, str], Data] = {}
    for area_id, reader in readers.items():
        yield from find_out(truth, reader, area_id)
    yield from _deeds(ledger, truth)
    yield from _strangers(people, ledger, truth)
    yield from unheard(ledger, truth)
    yield from unproven(ledger, readers)
    for person in people:
        yield from held_differences(person.key, person.phone, truth)
        yield from left_over(person.key, person.phone)
        yield from doubtful_tips(person)
    for area_id, reader in readers.items():
        yield from held_differences(f"fresh phone in {area_id}", reader, truth)
    for id, shot in ledger.shots.items():
        if ("media", id) in truth:
            yield from photo_differences(readers[shot.area_id], id, photo(shot.seed, size=shot.size))
    keys = next(iter(readers.values())).session.get("/.well-known/jwks.json")
    for person in people:
        yield from receipt_faults(person.key, person.phone, keys)
    for patrol_id, walked in ledger.tracks.items():
        if ("patrol", patrol_id) in truth:
            reader = readers[ledger.deeds[patrol_id].area_id]
            yield from track_differences(reader, patrol_id, walked)
            yield from misjudged(ledger, reader, patrol_id)


def find_out(truth: dict[tuple[str, str], Data], reader: Phone, area_id: str) -> Iterator[str]:
    """What the server lists in an area goes to `truth`, each record once."""
    for type, collection in COLLECTIONS.items():
        for record in _listed(reader, collection, area_id):
            if (type, record["id"]) in truth:
                yield f"{type} {record['id']} is listed twice"
            truth[type, record["id"]] = record


def _listed(phone: Phone, collection: str, area_id: str) -> Iterator[Data]:
    """All records of a collection in an area, page by page."""
    cursor = None
    while True:
        query = {"area": area_id, "limit": 200, **({"cursor": cursor} if cursor else {})}
        page = phone.session.get(f"/v1/{collection}?{urlencode(query)}")
        yield from page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return


def _deeds(ledger: Ledger, truth: Truth) -> Iterator[str]:
    """Whatever somebody did is on the server, with the values that it may have, at the time when it happened."""
    for id, deed in ledger.deeds.items():
        record = truth.get((deed.type, id))
        if record is None:
            if not deed.may_be_gone:
                yield f"{deed.type} {id} of {deed.made_by} is lost"
            continue
        if not deed.may_live:
            yield f"{deed.type} {id} was deleted by {deed.deleted_by[0]} and is still there"
        yield from _fields(id, deed, record)
        late_s = unix_time(record["occurred_at"]) - deed.made_at
        if abs(late_s) > CLOCK_TOLERANCE_S:
            yield f"{deed.type} {id} of {deed.made_by} is dated {late_s:+.0f} s wrong"
    for id in ledger.shots:
        media = truth.get(("media", id))
        if media is None:
            yield f"photo {id} is lost"
        elif media["status"] != "verified":
            yield f"photo {id} is {media['status']}"


def _fields(id: str, deed: Deed, record: Data) -> Iterator[str]:
    may_be = {name: deed.expected(name) for name in deed.names} | {name: [v] for name, v in deed.follows.items()}
    for name, values in may_be.items():
        held = plain(name, record.get(name))
        expected = [plain(name, value) for value in values]
        if held not in expected:
            yield f"{deed.type} {id} {name}: the server holds {held!r}, expected {' or '.join(map(repr, expected))}"


def _strangers(people: Sequence[Person], ledger: Ledger, truth: Truth) -> Iterator[str]:
    """Nothing came from these phones that nobody did."""
    devices = {person.phone.store.get("device_id") for person in people}
    for (type, id), record in truth.items():
        made = {id, record.get("observation_id")} & (ledger.deeds.keys() | ledger.shots.keys())
        if record["device_id"] in devices and not made:
            yield f"{type} {id} is on the server and nobody made it"


def held_differences(who: str, phone: Phone, truth: Truth) -> Iterator[str]:
    """A phone holds exactly the records of its area, in their versions, field by field."""
    copies = {(copy.type, copy.id): copy for copy in phone.store.copies() if copy.type in COLLECTIONS}
    areas = {area["area_id"] for area in phone.session.get("/v1/me")["areas"]}
    for key, record in truth.items():
        if record["area_id"] in areas and key not in copies:
            yield f"{who} lacks {key[0]} {key[1]}"
    for (type, id), copy in copies.items():
        held = truth.get((type, id))
        if held is None:
            yield f"{who} holds {type} {id}, which the server doesn't"
            continue
        if copy.version != held["version"]:
            yield f"{who} holds version {copy.version} of {type} {id}, the server {held['version']}"
        for name, value in copy.data.items():
            if name != "version" and plain(name, value) != plain(name, held.get(name)):
                yield f"{who}: {type} {id} {name} is {value!r}, on the server {held.get(name)!r}"
    try:
        if not phone.sync.check():
            yield f"{who}: the fingerprints differ"
    except (OutOfReach, Refused) as error:
        yield f"{who}: no fingerprints: {error}"


def left_over(who: str, phone: Phone) -> Iterator[str]:
    """Nothing waits, nothing was set aside, every photo is off the phone."""
    store = phone.store
    if waiting := store.count_queued():
        yield f"{who}: {waiting} mutations still wait"
    for body, result in store.settled("set_aside"):
        yield f"{who}: {body['op']} {body['type']} {body['id']} was set aside: {result.get('problem')}"
    for state in ("waiting", "stored", "doubtful"):
        for shot in store.photos(state):
            yield f"{who}: photo {shot.id} is {state}"


def photo_differences(reader: Phone, id: str, taken: bytes) -> Iterator[str]:
    """Another phone gets the photo back, byte by byte."""
    link = reader.session.ask("GET", f"/v1/media/{id}/content")
    if link.status != HTTPStatus.FOUND:
        yield f"photo {id}: no link, but {link.status} {link.code}"
        return
    try:
        answer = reader.session.wire.request("GET", link.headers["location"])
    except NoAnswer as error:
        yield f"photo {id}: {error}"
        return
    if not answer.ok or answer.body != taken:
        yield f"photo {id}: came back with status {answer.status} and other bytes"


def receipt_faults(who: str, phone: Phone, keys: Data) -> Iterator[str]:
    """Every receipt holds against the published keys, for exactly the photo that was taken; the file is gone."""
    for shot in phone.store.photos("safe"):
        try:
            check_receipt(shot.receipt or "", keys=keys, id=shot.id, sha256=shot.sha256, size=shot.size)
        except (BadReceipt, UnknownKey) as error:
            yield f"{who}: receipt of photo {shot.id}: {error}"
        if phone.store.file(shot.id).exists():
            yield f"{who}: photo {shot.id} still takes room"


def track_differences(reader: Phone, patrol_id: str, walked: Sequence[Point]) -> Iterator[str]:
    """Every point of the track is there, once."""
    held = points(reader.session.get(f"/v1/patrols/{patrol_id}/track"))
    if held != sorted(walked):
        lost, extra = len(set(walked) - set(held)), len(set(held) - set(walked))
        yield f"track of {patrol_id}: {len(held)} points, {lost} lost, {extra} that nobody walked"


def plain(name: str, value: Any) -> Any:
    """A value without what makes no difference: the order of a set or log, and fields that are null or absent."""
    if name in SETS:
        return sorted(value or [])
    if name in LOGS:
        items = value.values() if isinstance(value, dict) else value or []
        return {item["id"]: plain("", item) for item in items}
    if isinstance(value, dict):
        return {key: plain("", item) for key, item in value.items() if item is not None}
    return value
