"""Digest: whether a phone holds what the server has, told without sending any of it."""

import hashlib
import uuid

import orjson
import pytest

from tests.api.sync.talk import at, client, delete, digest, drain, lamps, light, one, patch, pull, some_id
from tests.cast import Cast, add_grant

pytestmark = pytest.mark.django_db


class TestDigest:
    @staticmethod
    def of(*records: tuple[str, int]) -> dict[str, object]:
        lines = "".join(f"{record_id} {version}\n" for record_id, version in sorted(records))
        return {"count": len(records), "digest": hashlib.sha256(lines.encode()).hexdigest()}

    def test_the_digest_is_sha256_over_the_lines_of_live_records(self, cast: Cast) -> None:
        first, second, third = light(cast, 0, 3)
        one(cast.lan, patch(second, {"watt": 1}, 1))
        one(cast.lan, delete(third, 1))
        _, cursor = drain(cast.bao)
        right = digest(cast.bao, cursor, {at(cast): {"lamp": self.of((first, 1), (second, 2))}})
        assert right["differ"] == {} and right["behind"] == [] and right["cursor"] == cursor
        for wrong in (self.of((first, 1), (second, 1)), self.of((first, 1)), {"count": 2, "digest": "0"}):
            assert digest(cast.bao, cursor, {at(cast): {"lamp": wrong}})["differ"] == {at(cast): ["lamp"]}

    def test_nothing_held_is_the_digest_of_nothing(self, cast: Cast) -> None:
        _, cursor = drain(cast.bao)
        for claim in ({}, {"lamp": {"count": 0, "digest": hashlib.sha256(b"").hexdigest()}}):
            assert digest(cast.bao, cursor, {at(cast): claim})["differ"] == {}

    def test_the_cursor_returned_starts_anew_in_what_differs_alone(self, cast: Cast) -> None:
        add_grant(cast.minh, "front_officer", cast.communes[1])
        [here], [there] = light(cast, 0), light(cast, 2)
        _, cursor = drain(cast.minh)
        held = {at(cast): {}, at(cast, 2): {"lamp": self.of((there, 1))}}
        answer = digest(cast.minh, cursor, held)
        assert answer["differ"] == {at(cast): ["lamp"]}
        page = pull(cast.minh, answer["cursor"])
        assert [area["area_id"] for area in page["reset_areas"]] == [at(cast)] == page["reset_done"]
        assert lamps(page["changes"]) == [here]

    def test_who_is_behind_is_told_so_and_not_judged(self, cast: Cast) -> None:
        _, cursor = drain(cast.bao)
        light(cast)
        answer = digest(cast.bao, cursor, {at(cast): {}})
        assert (answer["behind"], answer["differ"]) == ([at(cast)], {})
        assert digest(cast.bao, None, {at(cast): {}})["behind"] == [at(cast)]

    def test_areas_out_of_sight_are_passed_over(self, cast: Cast) -> None:
        light(cast, 2)
        _, cursor = drain(cast.lan)
        answer = digest(cast.lan, cursor, {at(cast, 2): {}, some_id(): {}})
        assert (answer["differ"], answer["behind"]) == ({}, [])

    def test_a_claim_that_is_none_is_refused(self, cast: Cast) -> None:
        for areas in ({"x": {}}, {at(cast): []}, {at(cast): {"lamp": 5}}, {at(cast): {"lamp": {"count": 1}}}):
            response = client(cast.lan).post(
                "/v1/sync/digest", orjson.dumps({"areas": areas}), content_type="application/json"
            )
            assert response.status_code == 422, areas
        assert uuid.UUID(at(cast))
