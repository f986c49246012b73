"""Declaring a file: who may, what is refused, and what never changes once a receipt covers it."""

import uuid

import pytest

from api.problems import Problem
from api.records import record_type
from api.sync.changes import Change
from api.sync.engine import write, write_one
from media.uploads import find_one
from tests.cast import Cast
from tests.media.photos import after_leaving, bring, code_of, completed, declaration, photograph

pytestmark = pytest.mark.usefixtures("clean_db")


def decoded(data: dict[str, object]) -> dict[str, object]:
    return record_type("media").shape.decode(data)


class TestRights:
    def test_linh_gets_404_for_lans_photo(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        linh = cast.linh.actor()
        assert code_of(completed(linh, photo)) == "not_found"
        for purpose in ("read", "upload"):
            with pytest.raises(Problem, match="not_found"):
                find_one(actor=linh, id=photo.id, purpose=purpose)  # type: ignore[arg-type]

    def test_minh_reads_but_does_not_upload(self, cast: Cast) -> None:
        photo = photograph(cast.lan.actor(), cast.hamlets[0])
        minh = cast.minh.actor()
        assert find_one(actor=minh, id=photo.id, purpose="read").id == photo.id
        assert code_of(completed(minh, photo)) == "forbidden"

    @pytest.mark.usefixtures("s3")
    def test_who_left_still_delivers_what_is_their_own(self, cast: Cast) -> None:
        late = after_leaving(cast.lan)
        own = photograph(late, cast.hamlets[0], hours_ago=2)
        other = photograph(cast.bao.actor(), cast.hamlets[0])

        assert bring(late, own) == 200
        assert isinstance(completed(late, own), dict)

        assert own.row().flags == ["late"]
        assert code_of(completed(late, other)) == "not_found"
        with pytest.raises(Problem, match="not_found"):
            find_one(actor=late, id=own.id, purpose="read")

    def test_the_deleted_is_not_found(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        write_one(lan, Change("media", photo.id, "delete", cast.hamlets[0], base_version=1))
        assert code_of(completed(lan, photo)) == "not_found"


class TestDeclaration:
    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"content_type": "video/mp4"}, ("/content_type", "type_not_of_kind")),
            ({"content_type": "image/gif"}, ("/content_type", "invalid_choice")),
            ({"kind": "selfie"}, ("/kind", "invalid_choice")),
            ({"size": 0}, ("/size", "too_small")),
            ({"size": 200 * 1024 * 1024 + 1}, ("/size", "too_large")),
            ({"sha256": "AB" * 32}, ("/sha256", "invalid_format")),
            ({"sha256": "ab" * 31}, ("/sha256", "invalid_format")),
            ({"subject": {"type": "tip", "id": str(uuid.uuid4())}}, ("/subject/type", "invalid_choice")),
            ({"subject": {"type": "media"}}, ("/subject/id", "required")),
            ({"location": {"lon": 181, "lat": 0}}, ("/location/lon", "too_large")),
        ],
    )
    def test_what_breaks_a_rule_is_refused(
        self, cast: Cast, changes: dict[str, object], fault: tuple[str, str]
    ) -> None:
        with pytest.raises(Problem) as refused:
            photograph(cast.lan.actor(), cast.hamlets[0], **changes)
        assert [(error.pointer, error.code) for error in refused.value.errors] == [fault]

    def test_the_status_that_a_phone_sends_is_ignored(self, cast: Cast) -> None:
        claim = {"status": "verified", "receipt": "mine", "stored_at": "2026-11-22T05:30:00.000Z"}
        row = photograph(cast.lan.actor(), cast.hamlets[0], **claim).row()
        assert (row.status, row.receipt, row.stored_at) == ("pending", None, None)

    def test_all_that_was_declared_comes_back(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        subject = {"type": "media", "id": str(uuid.uuid4())}
        location = {"lon": 108.25, "lat": 11.5, "accuracy_m": 8.5}
        photo = photograph(lan, cast.hamlets[0], subject=subject, location=location)
        sent = declaration(photo) | {"subject": subject, "location": location}
        [outcome] = write(lan, [Change("media", photo.id, "put", cast.hamlets[0], decoded(sent))])
        assert outcome.status == "unchanged"
        assert outcome.record is not None
        assert {name: outcome.record[name] for name in sent} == sent

    @pytest.mark.usefixtures("s3")
    def test_what_a_receipt_covers_never_changes(self, cast: Cast) -> None:
        lan = cast.lan.actor()
        photo = photograph(lan, cast.hamlets[0])
        bring(lan, photo)
        completed(lan, photo)
        for change in ({"sha256": "ab" * 32}, {"size": 7}):
            with pytest.raises(Problem):
                write_one(lan, Change("media", photo.id, "patch", cast.hamlets[0], change, base_version=2))
