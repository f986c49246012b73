"""Who is on duty once swaps and substitutions are counted: a pure function of what a shift holds.

Phones and the server work it out alike, whatever came first: only what each entry says is looked at, never when it
arrived. Order among entries is by their `at`, then by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from activities.shifts.models import SwapAnswer
from api.records import Wire

_Turn = tuple[tuple[str, str], str, str]
"""When (moment, id), and who makes way for whom."""


def on_duty(shift: Wire) -> tuple[list[str], bool]:
    """The people on duty, and whether some agreed change couldn't be made: its giver had left, its taker was there."""
    people, clash = set(shift["assignee_ids"] or ()), False
    for _, leaves, comes in sorted([*_agreed(shift["swaps"]), *_substituted(shift["substitutions"])]):
        if leaves in people and comes not in people:
            people = people - {leaves} | {comes}
        else:
            clash = True
    return sorted(people), clash


def _substituted(entries: Iterable[Wire] | None) -> Iterator[_Turn]:
    for each in entries or ():
        yield (each["at"], each["id"]), each["absent_id"], each["substitute_id"]


def _agreed(voices: Iterable[Wire] | None) -> Iterator[_Turn]:
    """The swaps that hold. Both sides must say yes to the same terms; once they have, only both together undo it."""
    for (giver, taker, _), said in groupby(sorted(voices or (), key=lambda v: (_terms(v), *_place(v))), key=_terms):
        words: dict[str, str] = {}
        since: tuple[str, str] | None = None
        for voice in said:
            words[voice["by_id"]] = voice["answer"]
            both = {words.get(giver), words.get(taker)}
            if both == {SwapAnswer.AGREE.value} and since is None:
                since = _place(voice)
            elif both == {SwapAnswer.DECLINE.value}:
                since = None
        if since is not None:
            yield since, giver, taker


def _terms(voice: Wire) -> tuple[Any, ...]:
    return voice["giver_id"], voice["taker_id"], voice["return_shift_id"] or ""


def _place(voice: Wire) -> tuple[str, str]:
    return voice["at"], voice["id"]
