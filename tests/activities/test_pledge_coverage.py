"""Coverage: held against a recount by hand, day by day, in random histories; and its denominators that stand.

A history is a hamlet's: who came, left, was registered twice and merged, who signed, renewed, withdrew, and what was
delivered long after. `ANTHON_HISTORIES=1000` recounts a thousand of them; a few suffice in the gate.
"""

import datetime as dt
import os
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.areas.checks import NewArea
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.reorganising import merge_areas
from accounts.areas.services import create_area
from accounts.models import Area, AreaPlacement
from activities.pledges.models import CampaignDenominator, Household, Pledge
from activities.pledges.pledges.coverage import coverage
from activities.pledges.pledges.freezing import GRACE, freeze_due
from api.ids import uuid7
from api.localtime import local_day, now
from api.records import Wire
from api.sync import store
from tests.activities.pledging import campaign_of, household_of, pledged, system, template_of
from tests.cast import Cast
from tests.client import signed_in

HISTORIES = int(os.environ.get("ANTHON_HISTORIES", "40"))
FIRST, DAYS = dt.date(2026, 1, 1), 45
TEMPLATES = [uuid.UUID(int=1), uuid.UUID(int=2)]
JSON = "application/json"


@dataclass
class Home:
    """A household: the days on which it came and left, and the one that it was merged into."""

    id: uuid.UUID
    came: int | None
    left: int | None
    deleted: bool = False
    into: "Home | None" = None

    @property
    def root(self) -> "Home":
        return self.into.root if self.into else self


@dataclass
class Signed:
    """What somebody was asked to sign: whose, under which template, from which day to which."""

    home: Home | None
    template: uuid.UUID
    status: str
    on: int | None
    last: int | None = None
    withdrawn: int | None = None
    deleted: bool = False
    signer: str = "household"


@dataclass
class History:
    """What happened in one hamlet."""

    area_id: uuid.UUID
    homes: list[Home] = field(default_factory=list)
    pledges: list[Signed] = field(default_factory=list)


def history(area_id: uuid.UUID, dice: random.Random) -> History:
    """A hamlet's random history, with all that makes counting hard."""
    made = History(area_id)

    def home(**more: Any) -> Home:
        came = dice.choice([None, dice.randrange(-5, DAYS)])
        left = dice.choice([None, (came or 0) + dice.randrange(30)])
        made.homes.append(Home(uuid7(), came, left, **more))
        return made.homes[-1]

    for _ in range(dice.randrange(7)):
        home(deleted=dice.random() < 0.1)
    for _ in range(dice.randrange(4)):
        if standing := [each for each in made.homes if not each.root.deleted]:
            home(into=dice.choice(standing))
    for _ in range(dice.randrange(14)):
        status = dice.choice(["signed"] * 5 + ["expired", "withdrawn", "withdrawn", "draft", "refused", "absent"])
        agreed = status in ("signed", "expired", "withdrawn")
        on = dice.randrange(-10, DAYS) if agreed or dice.random() < 0.3 else None
        last = (on or 0) + dice.randrange(30) if status == "expired" or dice.random() < 0.5 else None
        withdrawn = (on or 0) + dice.randrange(-2, 25) if status == "withdrawn" else None
        whose = dice.choice([*made.homes, None]) if made.homes else None
        signer = "household" if dice.random() < 0.9 else "shop"
        deleted = dice.random() < 0.07
        made.pledges.append(Signed(whose, dice.choice(TEMPLATES), status, on, last, withdrawn, deleted, signer))
        if status == "expired" and last is not None and dice.random() < 0.5:
            made.pledges.append(Signed(whose, made.pledges[-1].template, "signed", last + 1, None, None, False, signer))
    return made


def recount(happened: History, template: uuid.UUID | None = None) -> Iterator[tuple[int, int]]:
    """By hand: at the end of each day, how many of those who live here hold a pledge, and how many live here."""
    homes = [each for each in happened.homes if each.into is None and not each.deleted]
    living = {each.id for each in homes if each.came is None}
    held: list[Signed] = []
    pledges = [
        each
        for each in happened.pledges
        if each.status in ("signed", "expired", "withdrawn") and not each.deleted and each.signer == "household"
        and each.home is not None and template in (None, each.template)
    ]  # fmt: skip
    for day in range(-10, DAYS):
        living |= {each.id for each in homes if each.came == day}
        living -= {each.id for each in homes if each.left == day}
        held += [each for each in pledges if each.on == day]
        held = [each for each in held if each.withdrawn is None or each.withdrawn > day]
        if day >= 0:
            holders = {each.home.root.id for each in held if each.home}
            yield len(living & holders), len(living)
        held = [each for each in held if each.last != day]


def day_of(number: int | None) -> dt.date | None:
    return None if number is None else FIRST + dt.timedelta(days=number)


def write_down(histories: list[History], commune: uuid.UUID, dice: random.Random) -> None:
    """All of it as rows, in the order in which a weak network would deliver it."""
    above = AreaPlacement.objects.get(area_id=commune, valid_to=None).path
    moment = now()
    common = {"recorded_at": moment, "occurred_at": moment, "flags": []}
    Area.objects.bulk_create(
        Area(
            id=each.area_id, area_id=each.area_id, parent_id=commune, level="hamlet", kind="thon", name=str(number),
            name_fold="", name_sort="", received_at=moment, **common,
        )
        for number, each in enumerate(histories)
    )  # fmt: skip
    AreaPlacement.objects.bulk_create(
        AreaPlacement(area_id=each.area_id, parent_id=commune, path=f"{above}{each.area_id.hex[-12:]}.")
        for each in histories
    )
    homes = [
        Household(
            id=home.id, area_id=each.area_id, householder="Hải", residence_status="permanent",
            resident_from=day_of(home.came), resident_until=day_of(home.left), received_at=moment,
            deleted_at=moment if home.deleted or home.into else None,
            merged_into_id=home.root.id if home.into else None, **common,
        )
        for each in histories for home in each.homes
    ]  # fmt: skip
    pledges = [
        Pledge(
            id=uuid7(), area_id=each.area_id, template_id=signed.template, signer_type=signed.signer,
            household_id=signed.home.id if signed.home else uuid7(), signer_name="Hải", method="paper",
            signed_on=day_of(signed.on), expires_on=day_of(signed.last), status=signed.status,
            withdrawn_on=day_of(signed.withdrawn), deleted_at=moment if signed.deleted else None,
            received_at=moment + dt.timedelta(days=dice.randrange(60)), **common,
        )
        for each in histories for signed in each.pledges
    ]  # fmt: skip
    dice.shuffle(pledges)
    Household.objects.bulk_create(homes, 2000)
    Pledge.objects.bulk_create(pledges, 2000)


def act(work: Callable[[], Any]) -> Any:
    store.run([system().row_security()])
    return work()


def test_coverage_equals_a_recount_by_hand_in_random_histories_on_every_day(cast: Cast) -> None:
    dice = random.Random(os.environ.get("ANTHON_SEED", "một nghìn thôn"))
    histories = [history(uuid7(), dice) for _ in range(HISTORIES)]
    commune = cast.communes[1]
    act(lambda: write_down(histories, commune, dice))
    by_hand = {each.area_id: list(recount(each)) for each in histories}
    under = {t: {each.area_id: list(recount(each, t)) for each in histories} for t in TEMPLATES}
    some = 0
    for number in range(DAYS):
        asked = {"actor": cast.hoa.actor(), "area_id": commune, "as_of": FIRST + dt.timedelta(days=number)}
        told = coverage(**asked)
        assert counted(told, histories) == {id: days[number] for id, days in by_hand.items()}, number
        whole = tuple(sum(days[number][place] for days in by_hand.values()) for place in (0, 1))
        assert (told["covered"], told["households"]) == whole
        [one] = coverage(**asked, by="commune")["items"]
        assert (one["key"], one["covered"], one["households"]) == (str(commune), *whole)
        templates = {uuid.UUID(each["key"]): each for each in coverage(**asked, by="template")["items"]}
        for template in TEMPLATES:
            expected = {id: days[number] for id, days in under[template].items()}
            covered = sum(each for each, _ in expected.values())
            if number % 9 == 0:
                assert counted(coverage(**asked, template_id=template), histories) == expected
            found = templates.get(template, {"covered": 0, "households": whole[1]})
            assert (found["covered"], found["households"]) == (covered, whole[1])
        some += whole[0]
    assert some > HISTORIES  # a recount of nothing would prove nothing


def counted(told: Wire, histories: list[History]) -> dict[uuid.UUID, tuple[int, int]]:
    """What coverage says of these hamlets."""
    items = {uuid.UUID(each["key"]): (each["covered"], each["households"]) for each in told["items"]}
    return {each.area_id: items[each.area_id] for each in histories}


# One by one


def test_minh_and_hoa_read_the_share_of_a_hamlet_and_linh_does_not(cast: Cast) -> None:
    template = template_of(cast)
    first, _ = household_of(cast), household_of(cast)
    pledged(cast, template, household_id=str(first))
    path = f"/v1/pledges/coverage?area={cast.hamlets[0]}"
    for who in (cast.lan, cast.minh, cast.dung, cast.hoa):
        told = signed_in(who).get(path).json()
        assert (told["covered"], told["households"], told["share"]) == (1, 2, 0.5)
        assert told["as_of"] == local_day(now()).isoformat()
    assert signed_in(cast.linh).get(path).status_code == 404
    assert signed_in(cast.son).get(path).status_code == 403
    assert signed_in(cast.lan).get(f"/v1/pledges/coverage?area={cast.communes[0]}").status_code == 404
    assert signed_in(cast.lan).get("/v1/pledges/coverage").json()["code"] == "parameter_invalid"
    assert signed_in(cast.lan).get(f"{path}&by=status").json()["code"] == "parameter_invalid"


def test_coverage_costs_the_same_queries_whatever_is_asked(cast: Cast) -> None:
    campaign = campaign_of(cast, "2026-01-01", "2026-01-31")
    costs = set()
    for by in ("hamlet", "commune", "template", "campaign"):
        for more in ("", f"&template={uuid7()}", f"&as_of=2026-02-01&template={uuid7()}"):
            with CaptureQueriesContext(connection) as captured:
                path = f"/v1/pledges/coverage?area={cast.communes[0]}&by={by}{more}"
                assert signed_in(cast.minh).get(path).status_code == 200
            costs.add(len(captured))
    assert len(costs) == 1, costs
    assert signed_in(cast.minh).get(f"{path}&campaign={campaign}").status_code == 200


def test_a_campaign_counts_its_templates_within_its_area(cast: Cast) -> None:
    first, second = template_of(cast), template_of(cast)
    campaign = campaign_of(cast, "2026-01-01", "2099-12-31", template_ids=[str(first)])
    another = campaign_of(cast, "2026-01-01", "2099-12-31")
    third = template_of(cast, campaign_id=str(another))
    homes = [household_of(cast) for _ in range(3)]
    for home, template in zip(homes, (first, second, third), strict=True):
        pledged(cast, template, household_id=str(home))
    asked = {"actor": cast.minh.actor(), "area_id": cast.communes[0]}
    items = {each["key"]: (each["covered"], each["households"]) for each in coverage(**asked, by="campaign")["items"]}
    assert items == {str(campaign): (1, 3), str(another): (1, 3)}
    told = coverage(**asked, campaign_id=campaign)
    assert (told["covered"], told["households"]) == (1, 3)
    by_template = coverage(**asked, campaign_id=another, by="template")["items"]
    assert [(each["key"], each["covered"]) for each in by_template] == [(str(third), 1)]
    long_over = campaign_of(cast, "2020-01-01", "2020-12-31", template_ids=[str(first)])
    assert len(coverage(**asked, by="campaign")["items"]) == 2
    [named] = coverage(**asked, by="campaign", campaign_id=long_over)["items"]
    assert (named["key"], named["households"]) == (str(long_over), 3)
    # Asked from a hamlet, it is that hamlet's part.
    assert coverage(actor=cast.lan.actor(), area_id=cast.hamlets[0], campaign_id=campaign)["households"] == 3


def test_the_denominator_of_a_campaign_stands_once_it_is_frozen(cast: Cast) -> None:
    template = template_of(cast)
    ended = local_day(now()) - dt.timedelta(days=1)
    starts, ends = (ended - dt.timedelta(days=30)).isoformat(), ended.isoformat()
    campaign = campaign_of(cast, starts, ends, template_ids=[str(template)])
    homes = [household_of(cast) for _ in range(4)]
    path = f"/v1/campaigns/{campaign}/freeze"
    frozen = signed_in(cast.minh).post(path, {"moment": "end"}, JSON)
    assert (frozen.status_code, frozen.json()["households"], frozen.json()["hamlets"]) == (200, 4, 2)
    assert frozen.json()["frozen_by_id"] == str(cast.minh.user_id)
    [listed] = signed_in(cast.lan).get("/v1/campaigns").json()["items"]
    assert (listed["households_at_start"], listed["households_at_end"], listed["version"]) == (None, 4, 2)
    # What comes later: a household that was forgotten, one that was twice in the book, a pledge delivered late.
    household_of(cast)
    act(lambda: Household.objects.filter(id=homes[1]).update(merged_into_id=homes[0], deleted_at=now()))
    pledged(cast, template, household_id=str(homes[1]), signed_on=ends)
    pledged(cast, template, household_id=str(homes[2]), signed_on=local_day(now()).isoformat())
    told = coverage(actor=cast.minh.actor(), area_id=cast.hamlets[0], campaign_id=campaign)
    assert (told["as_of"], told["covered"], told["households"]) == (ends, 2, 4)
    assert [each["frozen"] for each in told["items"]] == [True]
    live = coverage(actor=cast.minh.actor(), area_id=cast.hamlets[0], as_of=ended)
    assert (live["covered"], live["households"]) == (1, 4)
    assert signed_in(cast.minh).post(path, {"moment": "end"}, JSON).json() == frozen.json()
    moved = signed_in(cast.minh).patch(
        f"/v1/campaigns/{campaign}",
        {"ends_on": "2099-01-01"},
        "application/merge-patch+json",
        headers={"If-Match": "*"},
    )
    assert moved.json()["errors"][0]["code"] == "campaign_frozen"


def test_a_campaign_is_frozen_by_who_runs_it_and_not_before_its_day(cast: Cast) -> None:
    path = f"/v1/campaigns/{campaign_of(cast, '2026-01-01', '2099-12-31')}/freeze"
    assert signed_in(cast.minh).post(path, {"moment": "end"}, JSON).json()["code"] == "campaign_not_there_yet"
    assert signed_in(cast.lan).post(path, {"moment": "start"}, JSON).status_code in (403, 404)
    assert signed_in(cast.minh).post(path, {"moment": "start"}, JSON).status_code == 200
    pulled = [each for each in signed_in(cast.lan).get("/v1/sync/pull").json()["changes"] if each["type"] == "campaign"]
    assert [each["data"]["households_at_start"] for each in pulled] == [0]


def test_the_server_freezes_what_nobody_did_after_a_week(cast: Cast) -> None:
    today = local_day(now())
    due = campaign_of(cast, (today - dt.timedelta(days=20)).isoformat(), (today - GRACE).isoformat())
    freeze_due()
    freeze_due()
    rows = act(lambda: list(CampaignDenominator.objects.filter(campaign_id=due).values_list("moment", "frozen_by")))
    assert rows == [("start", None), ("start", None)]  # a row for each hamlet


def test_what_was_made_in_a_hamlet_that_went_into_another_counts_there(cast: Cast) -> None:
    def hamlet(name: str) -> NewArea:
        return NewArea(level=AreaLevel.HAMLET, kind=AreaKind.THON, name=name, parent_id=cast.communes[0])

    old = [create_area(actor=system(), area=hamlet(name)) for name in ("Thái Hòa", "Thái Thuận")]
    here = {"who": cast.minh, "area_id": str(old[0])}
    home = household_of(cast, **here)
    pledged(cast, template_of(cast), household_id=str(home), signed_on="2026-01-05", **here)
    on = local_day(now())
    merged = merge_areas(actor=system(), area_ids=old, into=hamlet("Thái Hòa Thuận"), on=on, decree="1/NQ")
    for day, there in ((on - dt.timedelta(days=1), old[0]), (on, merged)):
        told = coverage(actor=cast.minh.actor(), area_id=cast.communes[0], as_of=day)
        shares = {each["key"]: (each["covered"], each["households"]) for each in told["items"] if each["households"]}
        assert shares == {str(there): (1, 1)}
