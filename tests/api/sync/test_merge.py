"""Merging by itself, without a database: what must hold for any values."""

import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api.sync.merge import Merged, Past, Replay, Seen, merge
from tests.api.sync.examples import modest

KINDS = {
    "name": "atom",
    "state": "group:state",
    "state_at": "group:state",
    "keepers": "set",
    "visits": "log",
    "total": "derived",
}
LETTERS = st.sampled_from("abcde")
MAYBE = st.none() | LETTERS
SETS = st.sets(LETTERS, max_size=4).map(sorted)
LOGS = st.dictionaries(LETTERS, st.integers(0, 2), max_size=4).map(
    lambda items: [{"id": key, "n": items[key]} for key in sorted(items)]
)
VALUES = {"name": MAYBE, "state": MAYBE, "state_at": MAYBE, "keepers": SETS, "visits": LOGS, "total": st.integers(0, 9)}
RECORDS = st.fixed_dictionaries(VALUES)
EDITS = st.fixed_dictionaries({}, optional=VALUES)
FIELDS = st.sets(st.sampled_from([name for name in KINDS if name != "total"])).map(frozenset)

LAN, BAO = uuid.uuid4(), uuid.uuid4()


def laid(current: dict[str, Any], sent: dict[str, Any], seen: Seen, *, whole: bool = False) -> Merged:
    return merge(kinds=KINDS, current=current, sent=sent, whole=whole, seen=seen)


@modest(150)
@given(current=RECORDS, base=RECORDS, sent=EDITS, others=FIELDS, whole=st.booleans())
def test_each_value_sent_stands_or_is_a_conflict_and_nothing_else_changes(
    current: dict[str, Any], base: dict[str, Any], sent: dict[str, Any], others: frozenset[str], whole: bool
) -> None:
    before = {**current}
    merged = laid(current, sent, Seen(base, others), whole=whole)
    assert current == before, "the record that was given isn't touched"
    assert merged.changed == {name for name in KINDS if merged.record[name] != current[name]}
    assert merged.changed <= set(sent) and merged.record["total"] == current["total"]
    assert set(merged.conflicts) <= others | {"state", "state_at"}
    for name in set(sent) & {"name", "state", "state_at"}:
        unedited = whole and sent[name] == base[name]
        assert merged.record[name] == sent[name] or name in merged.conflicts or unedited
        if name in others and sent[name] != current[name] and not unedited:
            assert merged.conflicts[name] == sent[name] and merged.record[name] == current[name]
    if "visits" in sent:
        ids = {item["id"] for item in merged.record["visits"]}
        assert ids == {item["id"] for item in current["visits"]} | {item["id"] for item in sent["visits"]}


@modest(150)
@given(current=RECORDS, sent=EDITS)
def test_an_edit_that_nobody_crossed_is_taken_as_sent_and_a_second_time_changes_nothing(
    current: dict[str, Any], sent: dict[str, Any]
) -> None:
    merged = laid(current, sent, Seen(current, frozenset()))
    assert merged.conflicts == {} and not merged.others
    for name in set(sent) - {"visits", "total"}:
        assert merged.record[name] == sent[name]
    again = laid(merged.record, sent, Seen(merged.record, frozenset()))
    assert again.record == merged.record and again.changed == set()


@modest(150)
@given(record=RECORDS, others=FIELDS, whole=st.booleans())
def test_equal_values_never_conflict(record: dict[str, Any], others: frozenset[str], whole: bool) -> None:
    merged = laid(record, record, Seen({}, others), whole=whole)
    assert merged.conflicts == {} and merged.changed == set()


@modest(150)
@given(base=RECORDS, first=SETS, second=SETS)
def test_two_phones_edits_of_a_set_end_alike_in_either_order(
    base: dict[str, Any], first: list[str], second: list[str]
) -> None:
    def after(*edits: list[str]) -> list[str]:
        record = base
        for edit in edits:
            record = laid(record, {"keepers": edit}, Seen(base, frozenset({"keepers"}))).record
        return record["keepers"]  # type: ignore[no-any-return]

    ended = set(after(first, second))
    assert after(first, second) == after(second, first)
    assert (set(first) - set(base["keepers"])) | (set(second) - set(base["keepers"])) <= ended
    assert not ended & (set(base["keepers"]) - (set(first) & set(second)))


@modest(150)
@given(base=RECORDS, mine=LOGS, theirs=LOGS)
def test_two_phones_own_items_of_a_log_end_alike_in_either_order(
    base: dict[str, Any], mine: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> None:
    edits = [
        [item | {"id": f"{who}-{item['id']}"} for item in items] for who, items in (("lan", mine), ("bao", theirs))
    ]

    def after(*order: list[dict[str, Any]]) -> list[dict[str, Any]]:
        record = base
        for edit in order:
            record = laid(record, {"visits": edit}, Seen(base, frozenset({"visits"}))).record
        return record["visits"]  # type: ignore[no-any-return]

    assert after(*edits) == after(*reversed(edits)) == after(*edits, *edits)
    assert {item["id"] for edit in edits for item in edit} <= {item["id"] for item in after(*edits)}


@modest(150)
@given(start=RECORDS, edits=st.lists(st.tuples(st.booleans(), EDITS), max_size=6), base_at=st.integers(1, 7))
def test_what_a_phone_saw_is_its_base_with_its_own_edits_and_the_rest_are_others(
    start: dict[str, Any], edits: list[tuple[bool, dict[str, Any]]], base_at: int
) -> None:
    past = [Past(1, LAN, frozenset(KINDS), start)]
    for own, edit in edits:
        merged = laid(past[-1].data, edit, Seen(past[-1].data, frozenset()))
        past.append(Past(len(past) + 1, LAN if own else BAO, frozenset(merged.changed), merged.record))
    base = min(base_at, len(past))
    seen = Replay(KINDS, base, LAN).feed(past)
    theirs = [p for p in past if p.version > base and p.device_id == BAO]
    assert seen.others == frozenset().union(*(p.changed for p in theirs))
    if not theirs:
        assert seen.view == past[-1].data
    for name in ("name", "state", "state_at"):
        mine = [p for p in past if p.version > base and p.device_id == LAN and name in p.changed]
        assert seen.view[name] == (mine[-1] if mine else past[base - 1]).data[name]
    nobody = Replay(KINDS, base, None).feed(past)
    assert nobody.view == past[base - 1].data
