"""Creating, moving and renaming areas: identity stays, branches follow, nothing is lost on the way."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.areas.checks import NewArea
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.reorganising import merge_areas
from accounts.areas.services import count_households, create_area, move_area, rename_area
from accounts.models import Area, AreaPast, AreaPlacement, AuditEvent
from accounts.scoping import SystemActor
from api.localtime import local_day, now
from api.problems import Problem
from api.sync.models import Stream
from tests.accounts.areas.conftest import above, below
from tests.accounts.areas.country import JUNE, MARCH, Country, commune, faults, hamlet
from tests.cast import Cast, raise_cast

pytestmark = pytest.mark.django_db

# Creating.


def test_a_new_hamlet_hangs_below_its_commune_and_has_a_stream(country: Country, server: SystemActor) -> None:
    made = create_area(actor=server, area=hamlet("Thôn 3", country.a, code="H3", household_count=63), on=MARCH)
    area = Area.objects.get(id=made)
    assert (area.name, area.name_fold, area.parent_id, area.valid_from) == ("3", "thon 3", country.a, MARCH)
    assert Stream.objects.get(area_id=made).head == area.version == 1
    assert above(made) == [country.here, country.a]
    assert below(country.a, MARCH - dt.timedelta(days=1)) == {country.a1, country.a2}
    assert AuditEvent.objects.filter(name="area.created", subject_id=made).exists()


def test_everything_wrong_with_a_new_area_is_told_at_once(country: Country, server: SystemActor) -> None:
    wrong = NewArea(AreaLevel.HAMLET, AreaKind.WARD, "Thôn 1", country.here)
    with pytest.raises(Problem) as refused:
        create_area(actor=server, area=wrong, on=local_day(now()) + dt.timedelta(days=1))
    assert faults(refused) == {("/on", "area_in_future"), ("/kind", "invalid_choice"), ("/parent_id", "area_level")}


def test_two_hamlets_of_a_commune_dont_share_a_name(country: Country, server: SystemActor) -> None:
    with pytest.raises(Problem) as refused:
        create_area(actor=server, area=hamlet("thôn 1", country.a))
    assert faults(refused) == {("/name", "area_twice")}
    create_area(actor=server, area=hamlet("thôn 1", country.b))


def test_a_code_is_free_again_once_its_holder_ended(country: Country, server: SystemActor) -> None:
    rename_area(actor=server, area_id=country.a, code="23008", on=MARCH)
    with pytest.raises(Problem) as refused:
        create_area(actor=server, area=commune("Phan Sơn", country.here, code="23008"))
    assert faults(refused) == {("/code", "area_code_taken")}
    into = commune("Hòa Thắng", country.here, code="23008")
    assert merge_areas(actor=server, area_ids=[country.a, country.b], into=into, on=JUNE)


def test_an_unknown_parent_is_refused(country: Country, server: SystemActor) -> None:
    with pytest.raises(Problem) as refused:
        create_area(actor=server, area=hamlet("Thôn 9", uuid.uuid4()))
    assert faults(refused) == {("/parent_id", "area_unknown")}


# Moving.


def test_a_commune_moves_with_its_hamlets_and_the_past_stays(country: Country, server: SystemActor) -> None:
    move_area(actor=server, area_id=country.a, parent_id=country.there, on=MARCH)
    assert below(country.there) == {country.a, country.a1, country.a2}
    assert below(country.here) == {country.b, country.b1}
    assert below(country.here, MARCH - dt.timedelta(days=1)) == {
        country.a,
        country.a1,
        country.a2,
        country.b,
        country.b1,
    }
    assert above(country.a1) == [country.there, country.a]
    assert Area.objects.get(id=country.a).parent_id == country.there
    assert AuditEvent.objects.filter(name="area.moved").count() == 1


def test_moving_twice_on_a_day_leaves_one_place(country: Country, server: SystemActor) -> None:
    move_area(actor=server, area_id=country.a, parent_id=country.there, on=MARCH)
    move_area(actor=server, area_id=country.a, parent_id=country.here, on=MARCH)
    assert (
        below(country.here) == below(country.here, MARCH) == {country.a, country.a1, country.a2, country.b, country.b1}
    )
    assert below(country.there, MARCH) == set()


def test_a_move_before_the_last_change_is_refused(country: Country, server: SystemActor) -> None:
    move_area(actor=server, area_id=country.a1, parent_id=country.b, on=JUNE)
    with pytest.raises(Problem) as refused:
        move_area(actor=server, area_id=country.a, parent_id=country.there, on=MARCH)
    assert faults(refused) == {("/on", "area_changed_later")}
    assert refused.value.errors[0].params == {"since": "2026-06-01"}


def test_nothing_moves_below_itself_or_the_wrong_level(country: Country, server: SystemActor) -> None:
    for area, parent in (
        (country.a, country.a1),
        (country.a1, country.here),
        (country.a, country.b),
        (country.a, country.a),
    ):
        with pytest.raises(Problem) as refused:
            move_area(actor=server, area_id=area, parent_id=parent, on=MARCH)
        assert ("/parent_id", "area_level") in faults(refused)


def test_moving_to_where_it_hangs_changes_nothing(country: Country, server: SystemActor) -> None:
    move_area(actor=server, area_id=country.a, parent_id=country.here, on=MARCH)
    assert Area.objects.get(id=country.a).version == 1


# Renaming.


def test_a_renamed_area_is_the_same_and_its_former_name_is_kept(country: Country, server: SystemActor) -> None:
    rename_area(actor=server, area_id=country.a, name="Phường Hải Thắng", kind=AreaKind.WARD, on=MARCH)
    area = Area.objects.get(id=country.a)
    assert (area.kind, area.name, area.name_fold, area.version) == ("ward", "Hải Thắng", "phuong hai thang", 2)
    past = {row.attribute: (row.value, row.valid_from, row.valid_to) for row in AreaPast.objects.all()}
    assert past == {"name": ("Hòa Thắng", None, MARCH), "kind": ("commune", None, MARCH)}


def test_a_second_rename_on_a_day_corrects_the_first(country: Country, server: SystemActor) -> None:
    for name in ("Hải Thắng", "Hải Thằng"):
        rename_area(actor=server, area_id=country.a, name=name, on=MARCH)
    assert [row.value for row in AreaPast.objects.all()] == ["Hòa Thắng"]
    with pytest.raises(Problem) as refused:
        rename_area(actor=server, area_id=country.a, name="Hòa Thắng", on=MARCH - dt.timedelta(days=1))
    assert faults(refused) == {("/on", "area_changed_later")}


def test_households_are_counted_with_their_dates(country: Country, server: SystemActor) -> None:
    for households, on in ((60, MARCH), (63, JUNE)):
        count_households(actor=server, area_id=country.a1, households=households, on=on)
    assert Area.objects.get(id=country.a1).household_count == 63
    assert [(row.value, row.valid_to) for row in AreaPast.objects.all()] == [(60, JUNE)]


# Who may.


def test_only_an_admin_changes_areas_and_only_in_the_own_subtree(country: Country) -> None:
    cast: Cast = raise_cast()
    made = create_area(actor=cast.son.actor(), area=hamlet("Thôn Mới", cast.communes[0]))
    assert Area.objects.get(id=made).author_id == cast.son.user_id
    for person, area, code in (
        (cast.son, country.a, "not_found"),
        (cast.khach, cast.communes[0], "not_found"),
        (cast.minh, cast.communes[0], "forbidden"),
        (cast.lan, cast.hamlets[0], "forbidden"),
    ):
        with pytest.raises(Problem) as refused:
            rename_area(actor=person.actor(), area_id=area, name="Tên mới", on=MARCH)
        assert refused.value.code == code


def test_an_admin_of_one_province_moves_nothing_into_another(country: Country) -> None:
    cast = raise_cast()
    with pytest.raises(Problem) as refused:
        move_area(actor=cast.son.actor(), area_id=cast.communes[0], parent_id=country.here, on=MARCH)
    assert refused.value.code == "not_found"
    with pytest.raises(Problem) as refused:
        create_area(actor=cast.son.actor(), area=NewArea(AreaLevel.PROVINCE, AreaKind.PROVINCE, "Mới", None))
    assert refused.value.code == "forbidden"


# What it costs.


def test_moving_costs_the_same_however_many_hamlets_hang_below(country: Country, server: SystemActor) -> None:
    def cost(area: uuid.UUID) -> int:
        with CaptureQueriesContext(connection) as queries:
            move_area(actor=server, area_id=area, parent_id=country.there, on=MARCH)
        return len(queries)

    few = cost(country.b)
    for number in range(10, 40):
        create_area(actor=server, area=hamlet(f"Thôn {number}", country.a))
    assert cost(country.a) == few
    assert AreaPlacement.objects.filter(valid_to=MARCH).count() == 2 + 33
