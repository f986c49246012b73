"""A phone's place in its streams: opaque, signed, bound to its user, eight bytes a stream.

Layout: version, epoch, then groups of streams that share a view: fingerprint, whether they are being refilled, how
many, and for each its number and position. Equal states make equal cursors, so an unchanged cursor says that nothing
is new.
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from api.actors import StreamView
from api.keyed import seal, unseal
from api.meta import API_LEVEL
from api.problems import Problem

VERSION = 1
_HEAD = struct.Struct(">BQ")
_GROUP = struct.Struct(">IBI")
_PLACE = struct.Struct(">II")


class Place(NamedTuple):
    """How far a phone has read one stream, under which view. `filling`: it is being refilled from the beginning."""

    position: int
    view: int
    filling: bool = False


Groups = dict[tuple[int, bool], list[int]]
"""Streams by what they share, the view and whether they are being refilled: number and position in turn, by number."""


@dataclass
class Cursor:
    """The places of all streams by stream number."""

    epoch: int = 0
    places: dict[int, Place] = field(default_factory=dict)

    def encode(self, user_id: uuid.UUID | None) -> str:
        """The text that the phone keeps."""
        groups: Groups = {}
        for no, place in sorted(self.places.items()):
            groups.setdefault((place.view, place.filling), []).extend((no, place.position))
        return _sealed(self.epoch, groups, user_id)

    @classmethod
    def decode(cls, text: str, user_id: uuid.UUID | None) -> Cursor:
        """The cursor of this user; Problem `cursor_invalid` for any other text."""
        body = unseal("sync-cursor", _scope(user_id), text)
        if body[0] != VERSION:
            raise Problem("cursor_invalid")
        _, epoch = _HEAD.unpack_from(body)
        return cls(epoch, _places(body))


def at_heads(views: Iterable[StreamView], epoch: int, user_id: uuid.UUID | None) -> str:
    """The cursor of a phone that has everything: whoever shows it need not be read, stream by stream."""
    groups: Groups = {}
    roles = types = None
    for view in views:
        if view.roles is not roles or view.types is not types:  # neighbours mostly share both, as one object
            roles, types = view.roles, view.types
            flat = groups.setdefault((fingerprint(view, epoch), False), [])
        flat += view.no, view.head
    return _sealed(epoch, groups, user_id)


def _sealed(epoch: int, groups: Groups, user_id: uuid.UUID | None) -> str:
    body = _HEAD.pack(VERSION, epoch)
    for (view, filling), flat in sorted(groups.items()):
        body += _GROUP.pack(view, filling, len(flat) // 2) + struct.pack(f">{len(flat)}I", *flat)
    return seal("sync-cursor", _scope(user_id), body)


def _places(body: bytes) -> dict[int, Place]:
    places: dict[int, Place] = {}
    at = _HEAD.size
    while at < len(body):
        view, filling, count = _GROUP.unpack_from(body, at)
        at += _GROUP.size
        for no, position in _PLACE.iter_unpack(body[at : at + count * _PLACE.size]):
            places[no] = Place(position, view, filling == 1)
        at += count * _PLACE.size
    return places


def _scope(user_id: uuid.UUID | None) -> bytes:
    return user_id.bytes if user_id else b""


def fingerprint(view: StreamView, epoch: int) -> int:
    """Four bytes that differ when what is seen in an area does: its roles, types, the level of this API, the epoch."""
    return _fingerprint(epoch, view.own, view.roles, view.types)


@lru_cache(256)
def _fingerprint(epoch: int, own: bool, roles: frozenset[str], types: frozenset[str]) -> int:
    parts = [str(API_LEVEL), str(epoch), str(own), " ".join(sorted(roles)), " ".join(sorted(types))]
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:4], "big") | 1
