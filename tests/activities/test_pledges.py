"""Pledges: what is agreed to and its hash, what can't change afterwards, and what other phones did meanwhile."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.push.sending import Phone
from activities.pledges.models import Pledge, PledgeTemplate
from activities.pledges.pledges import reminding
from activities.pledges.pledges.agreement import agreed_text, sha256
from activities.pledges.pledges.consulting import HASHING
from activities.pledges.pledges.following import follow_late
from activities.pledges.pledges.registration import PLEDGE, PLEDGE_TEMPLATE
from activities.pledges.pledges.services import expire_due
from api.ids import uuid7
from api.jobs import run_due
from api.localtime import local_day, now
from api.postgres import ask
from api.problems import Problem
from api.records import record_type
from api.sync import store
from api.sync.changes import Change, Outcome
from api.sync.engine import write
from tests.activities.pledging import CLAUSES, SIGNATURE, body_of, household_of, pledged, system, template_of
from tests.api.sync.talk import push
from tests.cast import Cast, Person
from tests.client import signed_in
from tests.servers import ROOT

JSON = "application/json"
VECTORS: list[dict[str, Any]] = json.loads((ROOT / "openapi/pledge-vectors.json").read_text())["vectors"]
LONG = {"t_ms": 0, **dict.fromkeys(("dx", "dy", "dt_ms"), [1] * 900)}


def patch(who: Person, type: str, id: uuid.UUID, area: uuid.UUID, base: int, **data: Any) -> Outcome:
    decoded = record_type(type).shape.decode(data, partial=True)
    return write(who.actor(), [Change(type, id, "patch", area, decoded, base_version=base)])[0]


def faults(outcome: Outcome) -> set[tuple[str, str]]:
    assert outcome.problem is not None, outcome
    return {(each.pointer, each.code) for each in outcome.problem.errors}


def stored(pledge_id: uuid.UUID) -> dict[str, Any]:
    [row] = _as_system(lambda: store.rows_of(PLEDGE, [pledge_id]))
    return row


def _as_system(work: Any) -> Any:
    store.run([system().row_security()])
    return work()


# The text and its hash


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_text_and_its_hash_are_as_described(vector: dict[str, Any]) -> None:
    assert agreed_text(vector["pledge"], vector["template"]) == vector["text"]
    assert sha256(vector["text"]) == vector["content_hash"]


def test_a_signed_pledge_keeps_the_text_that_was_agreed_to_and_its_hash(cast: Cast) -> None:
    template = template_of(cast)
    pledge = pledged(cast, template)
    told = stored(pledge)
    [template_told] = store.rows_of(PLEDGE_TEMPLATE, [template])
    assert told["content_hash"] == sha256(agreed_text(told, template_told))
    kept = _as_system(lambda: Pledge.objects.get(id=pledge).agreed_text)
    assert sha256(kept) == told["content_hash"]
    agreed = json.loads(kept)
    assert agreed["template"]["clauses"] == CLAUSES
    assert agreed["signer"] == {"type": "household", "name": "Trần Văn Hải", "household_id": told["household_id"]}
    assert (agreed["signed_on"], agreed["witness_name"]) == (told["signed_on"], "Bảo")
    assert told["flags"] == []


def test_a_pledge_under_a_template_that_comes_later_is_kept_flagged_and_hashed_then(cast: Cast) -> None:
    template = uuid7()
    pledge = pledged(cast, template)
    assert (stored(pledge)["content_hash"], stored(pledge)["flags"]) == (None, ["template_unknown"])
    template_of(cast, id=template)
    assert run_due(HASHING) == 1
    told = stored(pledge)
    [template_told] = store.rows_of(PLEDGE_TEMPLATE, [template])
    assert told["content_hash"] == sha256(agreed_text(told, template_told))
    assert (told["flags"], told["version"]) == ([], 2)
    assert sha256(_as_system(lambda: Pledge.objects.get(id=pledge).agreed_text)) == told["content_hash"]


def test_what_is_not_signed_has_no_hash(cast: Cast) -> None:
    template = template_of(cast)
    for status in ("draft", "refused", "absent"):
        told = stored(pledged(cast, template, status=status, signed_on=None, signer_name=None, signature=None))
        assert (told["content_hash"], told["signed_household_id"], told["flags"]) == (None, None, [])


# What a signed pledge needs


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"method": "otp"}, {("/method", "not_available")}),
        ({"method": "digital_signature", "status": "draft"}, {("/method", "not_available")}),
        ({"signature": None}, {("/signature", "signature_missing")}),
        ({"signature": {"width": 9, "height": 9, "strokes": []}}, {("/signature", "signature_missing")}),
        ({"signed_on": None, "signer_name": None}, {("/signed_on", "required"), ("/signer_name", "required")}),
        ({"household_id": None}, {("/household_id", "required")}),
        ({"expires_on": "2000-01-01"}, {("/expires_on", "ends_before_it_starts")}),
        ({"status": "withdrawn"}, {("/withdrawn_on", "required")}),
        ({"withdrawn_on": "2099-01-01"}, {("/withdrawn_on", "not_withdrawn")}),
        ({"status": "withdrawn", "withdrawn_on": "2020-01-01"}, {("/withdrawn_on", "withdrawn_before_signed")}),
        (
            {"signature": SIGNATURE | {"strokes": [{"t_ms": 0, "dx": [1, 2], "dy": [1], "dt_ms": [0, 9]}]}},
            {("/signature/strokes/0", "strokes_uneven")},
        ),
        (
            {
                "signature": SIGNATURE
                | {"strokes": [{"t_ms": 0, **dict.fromkeys(("dx", "dy", "dt_ms"), [1] * 900)}] * 5}
            },
            {("/signature/strokes", "too_many_items")},
        ),
    ],
)
def test_what_is_malformed_is_refused(cast: Cast, given: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    with pytest.raises(Problem) as refused:
        pledged(cast, template_of(cast), **given)
    assert {(each.pointer, each.code) for each in refused.value.errors} == expected


def test_paper_without_a_scan_and_a_day_to_come_are_told_and_not_refused(cast: Cast) -> None:
    tomorrow = local_day(now()) + dt.timedelta(days=2)
    pledge = pledged(cast, template_of(cast), method="paper", signature=None, signed_on=tomorrow.isoformat())
    assert stored(pledge)["flags"] == ["future", "scan_missing"]


def test_a_school_signs_without_a_household(cast: Cast) -> None:
    told = stored(
        pledged(cast, template_of(cast), signer_type="school", household_id=None, signer_name="Trường tiểu học")
    )
    assert told["content_hash"] and told["signed_household_id"] is None


def test_a_pledge_outside_the_time_of_its_template_or_under_a_draft_says_so(cast: Cast) -> None:
    over = template_of(cast, valid_from="2020-01-01", valid_until="2020-12-31")
    assert stored(pledged(cast, over))["flags"] == ["template_out_of_period"]
    assert stored(pledged(cast, template_of(cast, status="draft")))["flags"] == ["template_not_issued"]


# What can't change


def test_what_was_signed_is_never_altered(cast: Cast) -> None:
    pledge = pledged(cast, template_of(cast))
    before = stored(pledge)
    for data in (
        {"signer_name": "Người khác"}, {"signed_on": "2026-01-01"}, {"witness_name": None}, {"status": "draft"},
        {"signature": SIGNATURE | {"width": 1}}, {"template_id": str(uuid7())},
        {"status": "refused"}, {"expires_on": "2099-12-31"}, {"scan_media_id": str(uuid7())},
    ):  # fmt: skip
        outcome = patch(cast.bao, "pledge", pledge, cast.hamlets[0], 1, **data)
        assert faults(outcome) == {(f"/{next(iter(data))}", "pledge_signed")}, data
    assert stored(pledge) == before
    moved = patch(cast.bao, "pledge", pledge, cast.hamlets[0], 1, household_id=str(uuid7()))
    assert moved.problem is not None and moved.problem.code == "forbidden"


def test_a_draft_that_two_phones_fill_in_is_signed_once_and_the_other_is_kept(cast: Cast) -> None:
    template = template_of(cast)
    pledge = pledged(cast, template, status="draft", signed_on=None, signature=None)
    signing = {"status": "signed", "signed_on": "2026-11-20", "signature": SIGNATURE}
    assert patch(cast.lan, "pledge", pledge, cast.hamlets[0], 1, **signing).status == "applied"
    outcome = patch(cast.bao, "pledge", pledge, cast.hamlets[0], 1, signer_name="Tên khác")
    assert outcome.status == "conflict"
    told = stored(pledge)
    assert (told["status"], told["signer_name"]) == ("signed", "Trần Văn Hải") and told["content_hash"]


def test_an_issued_template_keeps_its_words_and_a_new_edition_takes_its_place(cast: Cast) -> None:
    draft = template_of(cast, status="draft", clauses=[])
    area = cast.communes[0]
    assert faults(patch(cast.minh, "pledge_template", draft, area, 1, status="issued")) == {
        ("/clauses", "too_few_items")
    }
    issued = patch(cast.minh, "pledge_template", draft, area, 1, status="issued", clauses=CLAUSES)
    assert issued.status == "applied"
    for data in ({"title": "Khác"}, {"clauses": CLAUSES[:1]}, {"status": "draft"}, {"language": "en"}):
        outcome = patch(cast.minh, "pledge_template", draft, area, 2, **data)
        assert faults(outcome) == {(f"/{next(iter(data))}", "template_issued")}
    assert patch(cast.minh, "pledge_template", draft, area, 2, status="retired").status == "applied"
    second = template_of(cast, supersedes_id=str(draft))
    editions = dict(PledgeTemplate.objects.values_list("id", "edition"))
    assert (editions[draft], editions[second]) == (1, 2)


def test_templates_and_campaigns_flow_down_and_only_the_front_writes_them(cast: Cast) -> None:
    template = template_of(cast)
    pulled = signed_in(cast.lan).get("/v1/sync/pull").json()["changes"]
    assert [each["id"] for each in pulled if each["type"] == "pledge_template"] == [str(template)]
    assert signed_in(cast.linh).get(f"/v1/pledge_templates/{template}").status_code == 404
    body = {"id": str(uuid7()), "area_id": str(cast.hamlets[0]), "title": "Của Lan"}
    assert signed_in(cast.lan).post("/v1/pledge_templates", body, JSON).status_code == 403


# Commands and time


def test_a_withdrawal_holds_once_and_with_its_content(cast: Cast) -> None:
    path = f"/v1/pledges/{pledged(cast, template_of(cast), signed_on='2026-11-20')}/withdraw"
    client = signed_in(cast.bao)
    first = client.post(path, {"withdrawn_on": "2026-11-21", "withdrawal_note": "Chuyển đi"}, JSON)
    assert (first.status_code, first.json()["status"]) == (200, "withdrawn")
    assert client.post(path, {}, JSON).json() == first.json()
    other = client.post(path, {"withdrawn_on": "2026-11-22"}, JSON)
    assert (other.status_code, other.json()["code"]) == (409, "pledge_withdrawn")
    assert other.json()["current"]["withdrawn_on"] == "2026-11-21"
    unsigned = pledged(cast, template_of(cast), status="absent", signed_on=None, signature=None)
    assert client.post(f"/v1/pledges/{unsigned}/withdraw", {}, JSON).json()["code"] == "pledge_not_signed"


def test_what_was_withdrawn_stays_so(cast: Cast) -> None:
    path = f"/v1/pledges/{pledged(cast, template_of(cast), signed_on='2026-11-20')}"
    client = signed_in(cast.bao)
    client.post(f"{path}/withdraw", {"withdrawn_on": "2026-11-21"}, JSON)
    tag = {"If-Match": client.get(path).headers["ETag"]}
    again = client.patch(path, {"withdrawn_on": "9999-12-31"}, "application/merge-patch+json", headers=tag)
    assert [each["pointer"] for each in again.json()["errors"]] == ["/withdrawn_on"]


def test_what_was_signed_is_not_deleted_and_a_phone_that_did_goes_on_with_it(cast: Cast) -> None:
    template = template_of(cast)
    asked = {"status": "draft", "signed_on": None, "signature": None}
    signed, draft, absent = (pledged(cast, template, **more) for more in ({}, asked, asked | {"status": "absent"}))
    late = pledged(cast, template, **asked)
    signing = {"status": "signed", "signed_on": "2026-11-20", "signature": SIGNATURE}
    assert patch(cast.bao, "pledge", late, cast.hamlets[0], 1, **signing).status == "applied"
    told = {
        each["id"]: (each["status"], each.get("problem", {}).get("code"))
        for each in push(cast.lan, *(deletion(id) for id in (signed, draft, absent, late)))["results"]
    }
    kept = ("rejected", "pledge_signed")
    assert told == {str(signed): kept, str(draft): ("applied", None), str(absent): ("applied", None), str(late): kept}
    client, path = signed_in(cast.bao), f"/v1/pledges/{signed}"
    withdrawn = client.post(f"{path}/withdraw", {}, JSON)
    refused = client.delete(path, headers={"If-Match": withdrawn.headers["ETag"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "pledge_signed")
    assert client.get(path).json() == withdrawn.json()


def deletion(id: uuid.UUID) -> dict[str, Any]:
    return {"mutation_id": str(uuid7()), "type": "pledge", "id": str(id), "op": "delete", "base_version": 1}


def test_what_ran_out_is_marked_and_flows_to_the_phones(cast: Cast) -> None:
    today = local_day(now())
    template = template_of(cast)
    over = pledged(cast, template, signed_on="2026-01-01", expires_on=(today - dt.timedelta(days=1)).isoformat())
    last_day = pledged(cast, template, signed_on="2026-01-01", expires_on=today.isoformat())
    expire_due()
    assert [stored(each)["status"] for each in (over, last_day)] == ["expired", "signed"]
    assert stored(over)["content_hash"] and stored(over)["version"] == 2


def test_pledges_follow_a_household_that_is_merged_and_stay_what_was_signed(cast: Cast) -> None:
    template = template_of(cast)
    stays, goes = household_of(cast), household_of(cast)
    first = pledged(cast, template, household_id=str(goes))
    answer = signed_in(cast.bao).post(f"/v1/households/{stays}/merge", {"other_id": str(goes)}, JSON)
    assert answer.status_code == 200, answer.content
    late = pledged(cast, template, household_id=str(goes))  # from a phone that hadn't heard of it
    follow_late()
    for each in (first, late):
        told = stored(each)
        assert (told["household_id"], told["signed_household_id"]) == (str(stays), str(goes))
        assert signed_in(None).get(f"/v1/pledges/{each}/verify").json()["state"] == "intact"
    found = signed_in(cast.lan).get(f"/v1/pledges?household={stays}").json()["items"]
    assert {each["id"] for each in found} == {str(first), str(late)}


def test_the_list_of_what_runs_out_leaves_out_what_was_renewed(cast: Cast) -> None:
    today = local_day(now())
    template = template_of(cast)

    def until(days: int, **more: Any) -> uuid.UUID:
        return pledged(cast, template, expires_on=(today + dt.timedelta(days=days)).isoformat(), **more)

    later, sooner, renewed, _ = until(20), until(3), until(5), until(90)
    until(400, renews_id=str(renewed))
    path = f"/v1/pledges/expiring?area={cast.hamlets[0]}"
    page = signed_in(cast.lan).get(f"{path}&limit=1").json()
    following = signed_in(cast.lan).get(f"{path}&limit=1&cursor={page['next_cursor']}").json()
    assert [each["id"] for each in (*page["items"], *following["items"])] == [str(sooner), str(later)]
    assert following["next_cursor"] is None
    assert signed_in(cast.hoa).get(path).status_code == 403


def test_leaders_are_reminded_once_two_weeks_ahead(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "HOURS", range(24))
    day = local_day(now()) + reminding.AHEAD
    for days in (0, 0, 1):
        pledged(cast, template_of(cast), expires_on=(day + dt.timedelta(days=days)).isoformat())
    told: list[Any] = []
    phone = Phone(uuid7(), cast.bao.user_id, "vi", False)
    monkeypatch.setattr(reminding.sending, "phones_of", lambda users: [phone] if cast.bao.user_id in users else [])
    monkeypatch.setattr(reminding.sending, "pushes", lambda notices, key, topic: told.append((notices, key)) or [])
    for _ in range(2):
        reminding.remind_due()
        run_due(reminding.TOPIC)
    [(notices, key)] = told
    assert key == f"{cast.hamlets[0]}:{day}"
    [notice] = notices.values()
    assert (notice.title, notice.data["until"]) == ("2 cam kết sắp hết hạn", day.isoformat())


# Refusals


def test_nothing_lists_or_orders_by_who_refused(cast: Cast) -> None:
    assert "status" not in PLEDGE.filters and PLEDGE.order == ("occurred_at", "DESC")
    answer = signed_in(cast.dung).get("/v1/pledges?status=refused")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")


# Sets


def test_fifty_pledges_cost_the_queries_of_one(cast: Cast) -> None:
    template = template_of(cast)

    def cost(many: int) -> int:
        changes = []
        for _ in range(many):
            id = uuid7()
            data = PLEDGE.shape.decode(body_of(cast, template, id=str(id)))
            changes.append(Change("pledge", id, "put", cast.hamlets[0], data))
        actor = cast.lan.actor()
        with CaptureQueriesContext(connection) as captured:
            outcomes = write(actor, changes)
        assert {each.status for each in outcomes} == {"applied"}
        return len(captured)

    assert cost(50) == cost(1)


def test_the_database_alone_shows_pledges_to_nobody_else(cast: Cast) -> None:
    pledged(cast, template_of(cast))
    seen = {}
    for who in ("lan", "bao", "minh", "dung", "hoa", "son", "linh", "khach"):
        person = cast.people[who]
        rows = ask("SELECT count(*) FROM pledge", [], as_actor=person.actor())
        seen[who] = rows[0][0]
    assert seen == {"lan": 1, "bao": 1, "minh": 1, "dung": 1, "hoa": 0, "son": 0, "linh": 0, "khach": 0}
    store.run([cast.hoa.actor().row_security(counting=True)])
    assert Pledge.objects.count() == 1
    store.run([cast.linh.actor().row_security()])
    assert Pledge.objects.update(signer_name="x") == 0
