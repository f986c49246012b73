"""What the evening expects to find, and how tracks are written."""

from __future__ import annotations

from itertools import permutations

from demo.ledger import Deed
from demo.tracks import PIECE, Point, pieces, points


def deed(**data: object) -> Deed:
    return Deed("observation", "area", "lan", 0, data)


def test_without_edits_a_field_stays_as_it_was_made() -> None:
    assert deed(note="đèn hỏng").expected("note") == ["đèn hỏng"]


def test_the_last_of_one_phones_edits_counts() -> None:
    lamp = deed(state="broken")
    lamp.edits += [("lan", {"state": "working"}), ("lan", {"state": "broken"})]
    assert lamp.expected("state") == ["broken"]
    assert not lamp.contested


def test_either_of_two_phones_may_win_a_field() -> None:
    lamp = deed(note="a")
    lamp.edits += [("lan", {"note": "b"}), ("bao", {"note": "c"})]
    assert lamp.expected("note") == ["b", "c"]
    assert lamp.contested


def test_sets_take_additions_and_removals_of_both() -> None:
    patrol = deed(participant_ids=["x", "y"])
    patrol.edits += [("lan", {"participant_ids": ["x", "y", "z"]}), ("bao", {"participant_ids": ["y"]})]
    assert patrol.expected("participant_ids") == [{"y", "z"}]
    assert not patrol.contested


def test_logs_are_united() -> None:
    patrol = deed(checkpoint_visits=[{"id": "1"}])
    patrol.edits += [
        ("lan", {"checkpoint_visits": [{"id": "1"}, {"id": "2"}]}),
        ("bao", {"checkpoint_visits": [{"id": "1"}, {"id": "3"}]}),
    ]
    assert set(patrol.expected("checkpoint_visits")[0]) == {"1", "2", "3"}


def test_a_record_deleted_by_one_and_changed_by_another_may_live_or_not() -> None:
    lamp = deed(note="a")
    lamp.deleted_by.append("lan")
    assert lamp.may_be_gone and not lamp.may_live
    lamp.edits.append(("bao", {"note": "b"}))
    assert lamp.may_be_gone and lamp.may_live


def test_a_track_comes_back_point_by_point_in_any_order_of_pieces() -> None:
    walked = [
        Point(1_795_000_000 + 10 * n, 108_000_000 + n * n, 10_900_000 - n, n % 30, n, n == 7) for n in range(5000)
    ]
    made = list(pieces(walked))
    assert [len(piece["dt_s"]) for piece in made] == [PIECE, PIECE, 1000]
    assert made[0]["t0"] == "2026-11-18T11:06:40.000Z"
    assert made[0]["dt_s"][:3] == [0, 10, 10]
    assert made[0]["lon_e6"][:3] == [108_000_000, 1, 3]
    for order in permutations(made):
        assert sorted(point for piece in order for point in points(piece)) == walked
    assert points({"t0": None, "dt_s": [], "lon_e6": [], "lat_e6": [], "accuracy_m": []}) == []
