"""What phones hold against what the server gives: records, points and bytes, by HTTP alone, a hamlet at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from demo.compare import (
    find_out,
    held_differences,
    left_over,
    photo_differences,
    receipt_faults,
    track_differences,
)
from demo.jpeg import photo
from demo.phone import Phone
from demo.store import Data
from prove.hands import Hand

AT_ONCE = 8
"""Hamlets, since a reader can answer only one at a time."""


def differences(hands: Sequence[Hand], readers: Mapping[str, Phone]) -> list[str]:
    """Every difference, named. `readers` are fresh phones by area; phones that were lost are left out by the caller."""
    keys = next(iter(readers.values())).session.get("/.well-known/jwks.json")

    def one(area_id: str) -> list[str]:
        here = [hand for hand in hands if hand.account.area_id == area_id]
        reader = readers[area_id]
        found = list(_records(area_id, here, reader))
        for hand in here:
            found += [*_photos(hand, reader, keys), *_tracks(hand, reader)]
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [text for found in pool.map(one, readers) for text in found]


def _records(area_id: str, hands: Sequence[Hand], reader: Phone) -> Iterator[str]:
    """Lists, a fresh phone's pull from nothing and each phone's store hold the same, and all is delivered."""
    truth: dict[tuple[str, str], Data] = {}
    yield from find_out(truth, reader, area_id)
    yield from held_differences(f"a fresh phone in {area_id}", reader, truth)
    for hand in hands:
        yield from held_differences(hand.account.key, hand.phone, truth)
        hand.phone.session.wire.close()
        yield from left_over(hand.account.key, hand.phone)


def _photos(hand: Hand, reader: Phone, keys: Data) -> Iterator[str]:
    """Every photo that a phone let go of for a receipt: the receipt holds, and S3 gives back its very bytes."""
    yield from receipt_faults(hand.account.key, hand.phone, keys)
    for shot in hand.phone.store.photos("safe"):
        seed, size = hand.shots[shot.id]
        yield from photo_differences(reader, shot.id, photo(seed, size=size))


def _tracks(hand: Hand, reader: Phone) -> Iterator[str]:
    """Every point that was acknowledged is there once, and none that nobody walked."""
    for patrol_id, walked in hand.walked.items():
        yield from track_differences(reader, patrol_id, walked)
