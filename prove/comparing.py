"""What phones hold against what the server gives: records, points and bytes, by HTTP alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from demo.compare import COLLECTIONS, held_differences, listed
from demo.jpeg import photo
from demo.phone import Phone
from demo.receipts import BadReceipt, check_receipt
from demo.store import Data
from demo.tracks import points
from prove.hands import Hand

AT_ONCE = 8


def phone_differences(hands: Sequence[Hand], readers: Mapping[str, Phone]) -> list[str]:
    """Whether lists, a fresh phone's pull from nothing and each phone's store hold the same, and all is delivered.

    `readers` are fresh phones by area. Phones that were lost are left out by the caller.
    """

    def one(area_id: str) -> list[str]:
        here = [hand for hand in hands if hand.account.area_id == area_id]
        return list(_area_differences(area_id, here, readers[area_id]))

    return _at_once(one, readers)


def _area_differences(area_id: str, hands: Sequence[Hand], reader: Phone) -> Iterator[str]:
    truth: dict[tuple[str, str], Data] = {}
    for type, collection in COLLECTIONS.items():
        for record in listed(reader, collection, area_id):
            if (type, record["id"]) in truth:
                yield f"{type} {record['id']} is listed twice"
            truth[type, record["id"]] = record
    yield from held_differences(f"a fresh phone in {area_id}", reader, truth)
    for hand in hands:
        yield from held_differences(hand.account.key, hand.phone, truth)
        hand.phone.session.wire.close()
        yield from _undelivered(hand)


def _undelivered(hand: Hand) -> Iterator[str]:
    store = hand.phone.store
    if waiting := store.count_queued():
        yield f"{hand.account.key}: {waiting} mutations still wait"
    for body, result in store.settled("set_aside"):
        yield f"{hand.account.key}: {body['op']} {body['type']} {body['id']} was refused: {result.get('problem')}"
    for state in ("waiting", "stored", "doubtful"):
        for shot in store.photos(state):
            yield f"{hand.account.key}: photo {shot.id} is still {state}"


def photo_differences(hands: Sequence[Hand], readers: Mapping[str, Phone]) -> list[str]:
    """Every photo that a phone let go of for a receipt: the receipt holds, and S3 gives back its very bytes."""
    keys = next(iter(readers.values())).session.get("/.well-known/jwks.json")
    return _by_area(hands, readers, lambda hand, reader: _photos(hand, reader, keys))


def track_differences(hands: Sequence[Hand], readers: Mapping[str, Phone]) -> list[str]:
    """Every point that was acknowledged is there once, and none that nobody walked."""
    return _by_area(hands, readers, _tracks)


def _by_area(
    hands: Sequence[Hand], readers: Mapping[str, Phone], compare: Callable[[Hand, Phone], Iterable[str]]
) -> list[str]:
    def one(area_id: str) -> list[str]:
        return [text for hand in hands if hand.account.area_id == area_id for text in compare(hand, readers[area_id])]

    return _at_once(one, readers)


def _at_once(work: Callable[[str], list[str]], areas: Iterable[str]) -> list[str]:
    """Some areas at once, since a reader can answer only one at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [text for found in pool.map(work, areas) for text in found]


def _photos(hand: Hand, reader: Phone, keys: Data) -> Iterator[str]:
    for shot in hand.phone.store.photos("safe"):
        try:
            check_receipt(shot.receipt or "", keys=keys, id=shot.id, sha256=shot.sha256, size=shot.size)
        except BadReceipt as bad:
            yield f"receipt of photo {shot.id}: {bad}"
        link = reader.session.ask("GET", f"/v1/media/{shot.id}/content")
        if link.status != HTTPStatus.FOUND:
            yield f"photo {shot.id}: a receipt, and no link but {link.status} {link.code}"
            continue
        answer = reader.session.wire.request("GET", link.headers["location"])
        seed, size = hand.shots[shot.id]
        if not answer.ok or answer.body != photo(seed, size=size):
            yield f"photo {shot.id}: came back with status {answer.status} and other bytes"


def _tracks(hand: Hand, reader: Phone) -> Iterator[str]:
    for patrol_id, walked in hand.walked.items():
        held = points(reader.session.get(f"/v1/patrols/{patrol_id}/track"))
        if held != sorted(walked):
            lost, extra = len(set(walked) - set(held)), len(set(held) - set(walked))
            yield f"track of patrol {patrol_id}: {len(held)} points, {lost} lost, {extra} that nobody walked"
