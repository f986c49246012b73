"""What others do while an import is applied or taken back: in both orders, and two admins at the same moment."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.areas.checks import NewArea, today
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.reorganising import merge_areas
from accounts.areas.services import create_area
from accounts.imports.accounts_undoing import plan_undo
from accounts.imports.accounts_writing import prepare
from accounts.imports.progress import Progress
from accounts.imports.reading import XLSX
from accounts.models import Area, AuditEvent, Import, Membership, Team, User
from accounts.scoping import SystemActor
from accounts.tidying import sort_in
from accounts.users import rename_user
from api.jobs import run_due
from api.localtime import now
from tests.accounts.imports.conftest import HAMLETS, PEOPLE, TEAMS, Province, faults, replaced, sheet, small
from tests.accounts.test_races import at_once
from tests.cast import Person, add_grant, add_person
from tests.client import signed_in

SYSTEM = SystemActor(reason="tests")
JSON = "application/json"


def once_after(
    monkeypatch: pytest.MonkeyPatch, name: str, real: Callable[..., Any], then: Callable[[], object]
) -> None:
    """Something happens once, right after this function of the import's job."""
    done: list[bool] = []

    def raced(*args: Any, **more: Any) -> Any:
        answer = real(*args, **more)
        if not done:
            done.append(True)
            then()
        return answer

    replaced(monkeypatch, **{name: raced})


def second_admin(province: Province) -> Person:
    dung = add_person("dung", 8)
    add_grant(dung, "admin", province.id)
    return dung


def take_back(province: Province, found: Import) -> Import:
    answer = province.client().post(f"/v1/imports/{found.id}/deactivate", {"dry_run": False}, content_type=JSON)
    assert answer.status_code == 202
    run_due("imports.deactivate")
    found.refresh_from_db()
    return found


@pytest.mark.parametrize("touch", ["name", "role"])
def test_who_is_touched_while_an_import_is_taken_back_stays(
    province: Province, monkeypatch: pytest.MonkeyPatch, touch: str
) -> None:
    """The touch comes after all was worked out: only the last look under the locks can see it."""
    done = province.apply(province.bring(small()))
    lan = User.objects.get(phone="+84912345678")

    def touched() -> None:
        if touch == "name":
            rename_user(actor=SYSTEM, user_id=lan.id, full_name="Lan Mới")
        else:
            add_grant(Person("lan", lan.id, lan.phone, lan.id, lan.id), "analyst", province.communes[0])

    once_after(monkeypatch, "plan_undo", plan_undo, touched)
    assert take_back(province, done).status == "deactivated"
    assert User.objects.get(id=lan.id).is_active
    # A rename is written on the roster too, so her place stands; a role beside it leaves the place to the import.
    assert Membership.objects.filter(ends_at=None).count() == (1 if touch == "name" else 0)


def test_two_admins_at_once_take_an_import_back_once(province: Province) -> None:
    done = province.apply(province.bring(small()))
    admins = [province.son, second_admin(province)]
    path = f"/v1/imports/{done.id}/deactivate"
    answers = at_once(2, lambda: signed_in(admins.pop()).post(path, {"dry_run": False}, content_type=JSON))
    assert [answer.status_code for answer in answers] == [202, 202]
    run_due("imports.deactivate")
    run_due("imports.deactivate")
    events = AuditEvent.objects.filter(subject_id=done.id)
    assert [events.filter(name=f"import.{name}").count() for name in ("deactivate_asked", "deactivated")] == [1, 1]
    assert AuditEvent.objects.filter(name="user.deactivated").count() == 1


def test_two_admins_at_once_apply_an_import_once(province: Province) -> None:
    found, admins = province.bring(small()), [province.son, second_admin(province)]
    path = f"/v1/imports/{found.id}/apply"
    answers = at_once(2, lambda: signed_in(admins.pop()).post(path, content_type=JSON))
    assert [answer.status_code for answer in answers] == [202, 202]
    at_once(2, lambda: run_due("imports.apply"))
    found.refresh_from_db()
    assert (found.status, User.objects.filter(phone="+84912345678").count()) == ("applied", 1)
    assert AuditEvent.objects.filter(subject_id=found.id, name="import.applied").count() == 1


def new_communes(province: Province) -> list[uuid.UUID]:
    """Two communes as the server makes them, to be merged."""
    named = [("Xã Một", "23001"), ("Xã Hai", "23002")]
    wanted = [NewArea(AreaLevel.COMMUNE, AreaKind.COMMUNE, name, province.id, code) for name, code in named]
    return [create_area(actor=SYSTEM, area=each) for each in wanted]


def in_the_first() -> bytes:
    """A hamlet, a team and Lan in the first of them."""
    lan = ["0912345678", "Nguyễn Thị Lan", "23001", "Thôn 1", "Tổ 1", "Tổ trưởng", "", ""]
    return sheet(Thôn=[HAMLETS, ["23001", "Thôn 1", 100]], Tổ=[TEAMS, ["23001", "Thôn 1", "Tổ 1"]], Người=[PEOPLE, lan])


def merge(province: Province, areas: list[uuid.UUID], level: str, kind: str, parent: uuid.UUID) -> None:
    into = NewArea(AreaLevel(level), AreaKind(kind), "Hợp Nhất", parent)
    merge_areas(actor=SYSTEM, area_ids=areas, into=into, on=today())


@pytest.mark.parametrize("when", ["before", "during"])
@pytest.mark.parametrize("what", ["commune", "hamlet"])
def test_an_import_for_what_is_merged_meanwhile_writes_nothing_and_names_its_rows(
    province: Province, monkeypatch: pytest.MonkeyPatch, what: str, when: str
) -> None:
    """A list of people alone holds no lock on the trees: that their hamlet has ended is seen under its own."""
    if what == "hamlet":
        province.apply(province.bring(small(hamlets=[["22000", "Thôn 1", 100], ["22000", "Thôn 2", 100]])))
    communes = new_communes(province)
    content = in_the_first() if what == "commune" else sheet(Người=[PEOPLE, *_second()])
    found, people = province.bring(content), User.objects.count()

    def merged() -> None:
        hamlets = list(Area.objects.filter(level="hamlet").values_list("id", flat=True))
        areas, parent = (communes, province.id) if what == "commune" else (hamlets, province.communes[0])
        merge(province, areas, what, "commune" if what == "commune" else "thon", parent)

    if when == "before":
        merged()
    else:
        once_after(monkeypatch, "prepare", prepare, merged)
    failed = province.apply(found)
    assert (failed.status, failed.problem, User.objects.count()) == ("failed", "import_overtaken", people)
    assert ("Người", 2) in {each[:2] for each in faults(failed)}


def _second() -> list[list[Any]]:
    return [["0912345679", "Trần Văn Bảo", "22000", "Thôn 1", "Tổ 1", "Tổ viên", "", ""]]


def test_after_its_communes_merged_an_import_can_still_be_taken_back(province: Province) -> None:
    """The hamlet moved on to the successor, which somebody changed: it stays; the people go."""
    communes = new_communes(province)
    done = province.apply(province.bring(in_the_first()))
    merge(province, communes, "commune", "commune", province.id)
    assert take_back(province, done).status == "deactivated"
    assert not User.objects.get(phone="+84912345678").is_active
    assert Team.objects.get().status == "dissolved"
    assert Area.objects.get(level="hamlet").valid_to is None


def test_a_corrected_file_follows_the_faulty_one(province: Province) -> None:
    wrong = province.bring(small(people=[["0912", "Nguyễn Thị Lan", "22000", "Thôn 1", "Tổ 1", "", "", ""]]))
    assert wrong.status == "faulty"
    dung = second_admin(province)
    right = province.bring(small(), by=dung, corrects=str(wrong.id))
    wrong.refresh_from_db()
    assert (right.status, right.corrects_id, wrong.corrected_by_id) == ("ready", wrong.id, right.id)
    assert (right.kind, right.area_id) == (wrong.kind, wrong.area_id)
    told = province.client().get(f"/v1/imports/{wrong.id}").json()
    assert told["corrected_by_id"] == str(right.id)
    for path, content, media_type in (
        (f"/v1/imports?corrects={right.id}", small(), XLSX),
        (f"/v1/imports/{right.id}/check_again", "", JSON),
    ):
        refused = province.client().post(path, content, content_type=media_type)
        assert (refused.status_code, refused.json()["code"]) == (409, "import_stands")


def test_what_was_overtaken_is_checked_again_without_the_file(province: Province) -> None:
    """Somebody took Lan's number meanwhile and gave it back: the same file stands again."""
    found = province.bring(small())
    taken = User.objects.create(phone="+84912345678", full_name="Khác", name_fold="khac", created_at=now())
    failed = province.apply(found)
    assert (failed.status, failed.step) == ("failed", None)
    User.objects.filter(id=taken.id).update(phone="+84999999999")
    answer = province.client().post(f"/v1/imports/{failed.id}/check_again", content_type=JSON)
    assert answer.status_code == 201 and answer.json()["corrects_id"] == str(failed.id)
    run_due("imports.check")
    again = Import.objects.get(id=answer.json()["id"])
    assert (again.status, again.sha256) == ("ready", failed.sha256)
    assert province.apply(again).status == "applied"


def test_an_import_without_rows_says_so(province: Province) -> None:
    empty = province.bring(sheet(Người=[PEOPLE, []]))
    assert (empty.status, empty.problem) == ("failed", "import_empty")


def test_a_check_tells_what_it_does_and_how_far_it_is(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str | None, int, int]] = []
    real = Progress.__call__

    def heard(self: Progress, done: int) -> None:
        self.last = 0.0  # as if half a second had gone by
        real(self, done)
        found = Import.objects.get(id=self.import_id)
        told.append((found.step, found.rows_done, found.rows_total))

    monkeypatch.setattr(Progress, "__call__", heard)
    found = province.bring(small())
    assert told == [("judging", 0, 3), ("judging", 1, 3), ("judging", 2, 3)]
    told.clear()
    done = province.apply(found)
    assert told[-1] == ("preparing", 3, 3)
    assert (done.step, done.rows_done, done.rows_total) == (None, 3, 3)


def test_people_are_found_before_the_keeper_sorted_their_names_in_and_after(province: Province) -> None:
    sort_in()
    province.apply(province.bring(small()))
    for waiting in (True, False):
        [lan] = province.client().get("/v1/users?q=guyen+thi").json()["items"]
        assert lan["full_name"] == "Nguyễn Thị Lan"
        assert (sort_in() > 0) is waiting
