"""Areas that merge, split and join: who follows whom, and what reaches back to what was."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts.areas.checks import NewArea
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.reorganising import Heir, Part, merge_areas, reorganise_areas, split_area
from accounts.areas.services import create_area, move_area, rename_area
from accounts.models import Area, AreaSuccession
from accounts.scoping import SystemActor
from api.problems import Problem
from tests.accounts.areas.conftest import above, below, reached
from tests.accounts.areas.country import APRIL, JUNE, MARCH, MAY, Country, commune, faults

pytestmark = pytest.mark.django_db


def test_after_a_merge_all_hamlets_and_records_are_the_successors(country: Country, server: SystemActor) -> None:
    into = commune("Hòa Thái", country.here)
    made = merge_areas(actor=server, area_ids=[country.a, country.b], into=into, on=MARCH, decree="1671/NQ-UBTVQH15")
    assert below(made) == {country.a1, country.a2, country.b1}
    assert reached(made) == {country.a, country.b, country.a1, country.a2, country.b1}
    assert below(country.a) == set()
    assert below(country.a, MARCH - dt.timedelta(days=1)) == {country.a1, country.a2}
    ended = Area.objects.get(id=country.a)
    assert (ended.valid_to, ended.parent_id) == (MARCH, country.here)
    assert Area.objects.get(id=country.a1).parent_id == made
    edges = AreaSuccession.objects.filter(to_area_id=made)
    assert {(edge.kind, edge.is_default, edge.decree, edge.happened_on) for edge in edges} == {
        ("merge", True, "1671/NQ-UBTVQH15", MARCH)
    }


def test_after_a_split_hamlets_go_their_ways_and_both_reach_the_old_records(
    country: Country, server: SystemActor
) -> None:
    parts = [
        Part(commune("Hòa Thắng", country.here), share=Decimal("0.6"), is_default=True),
        Part(commune("Hồng Phong", country.here), children=[country.a2], share=Decimal("0.4")),
    ]
    first, second = split_area(actor=server, area_id=country.a, parts=parts, on=MARCH)
    assert (below(first), below(second)) == ({country.a1}, {country.a2})
    assert (reached(first), reached(second)) == ({country.a, country.a1}, {country.a, country.a2})
    [edge] = AreaSuccession.objects.filter(to_area_id=second)
    assert (edge.from_area_id, edge.kind, edge.share) == (country.a, "split", Decimal("0.4"))


def test_a_chain_of_changes_reaches_back_to_its_beginning(country: Country, server: SystemActor) -> None:
    """A is split, one part merged with B, the whole moved to another province and merged once more."""
    parts = [
        Part(commune("Một", country.here), children=[country.a1], is_default=True),
        Part(commune("Hai", country.here), children=[country.a2]),
    ]
    one, two = split_area(actor=server, area_id=country.a, parts=parts, on=MARCH)
    three = merge_areas(actor=server, area_ids=[two, country.b], into=commune("Ba", country.here), on=APRIL)
    move_area(actor=server, area_id=three, parent_id=country.there, on=MAY)
    other = create_area(actor=server, area=commune("Tư", country.there))
    five = merge_areas(actor=server, area_ids=[three, other], into=commune("Năm", country.there), on=JUNE)
    assert reached(five) == {three, other, two, country.b, country.a, country.a2, country.b1}
    assert reached(one) == {country.a, country.a1}
    assert set(AreaSuccession.objects.values_list("from_area_id", "to_area_id")) == {
        (country.a, one), (country.a, two), (two, three), (country.b, three), (three, five), (other, five),
    }  # fmt: skip
    assert below(country.there) == {five, country.a2, country.b1}
    assert reached(country.there) == {five, *reached(five)}
    for day, home in ((dt.date(2026, 2, 1), country.a), (MARCH, two), (APRIL, three), (MAY, three), (JUNE, five)):
        assert above(country.a2, day)[-1] == home


def test_provinces_merge_with_everything_below_them(country: Country, server: SystemActor) -> None:
    into = NewArea(AreaLevel.PROVINCE, AreaKind.PROVINCE, "Lâm Đồng", None, code="68")
    made = merge_areas(actor=server, area_ids=[country.here, country.there], into=into, on=MARCH)
    assert below(made) == {country.a, country.b, country.a1, country.a2, country.b1}
    assert above(country.a1) == [made, country.a]


def test_parts_of_several_communes_can_be_joined_at_once(country: Country, server: SystemActor) -> None:
    """As decrees do: one part of A stays alone, the other joins B."""
    alone, joined = reorganise_areas(
        actor=server,
        begins=[commune("Hòa Thắng", country.here), commune("Hồng Thái", country.here)],
        heirs={country.a: [Heir(0), Heir(1, is_default=False)], country.b: [Heir(1)]},
        children={country.a2: 1},
        on=MARCH,
    )
    assert (below(alone), below(joined)) == ({country.a1}, {country.a2, country.b1})
    assert reached(joined) == {country.a, country.b, country.a2, country.b1}
    kinds = dict(AreaSuccession.objects.filter(to_area_id=joined).values_list("from_area_id", "kind"))
    assert kinds == {country.a: "split", country.b: "merge"}


@pytest.mark.parametrize(
    ("shares", "defaults", "code"),
    [
        ((None, None), (True, True), "default_successor"),
        ((None, None), (False, False), "default_successor"),
        ((Decimal("0.5"), None), (True, False), "shares_sum"),
        ((Decimal("0.5"), Decimal("0.4")), (True, False), "shares_sum"),
        ((Decimal("1.5"), Decimal("-0.5")), (True, False), "shares_sum"),
    ],
)
def test_shares_and_defaults_must_make_sense(
    country: Country, server: SystemActor, shares: tuple[Decimal | None, ...], defaults: tuple[bool, ...], code: str
) -> None:
    parts = [
        Part(commune(name, country.here), share=share, is_default=default)
        for name, share, default in zip(("Một", "Hai"), shares, defaults, strict=True)
    ]
    with pytest.raises(Problem) as refused:
        split_area(actor=server, area_id=country.a, parts=parts, on=MARCH)
    assert faults(refused) == {("/parts", code)}
    assert Area.objects.get(id=country.a).valid_to is None


def test_only_children_of_what_ends_can_be_given_away(country: Country, server: SystemActor) -> None:
    parts = [Part(commune("Một", country.here), is_default=True), Part(commune("Hai", country.here), [country.b1])]
    with pytest.raises(Problem) as refused:
        split_area(actor=server, area_id=country.a, parts=parts, on=MARCH)
    assert faults(refused) == {("/children", "area_not_below")}


def test_what_ended_cannot_end_again_or_be_moved(country: Country, server: SystemActor) -> None:
    merge_areas(actor=server, area_ids=[country.a, country.b], into=commune("Ba", country.here), on=MARCH)
    for change in (
        lambda: merge_areas(actor=server, area_ids=[country.a], into=commune("Tư", country.here), on=JUNE),
        lambda: move_area(actor=server, area_id=country.a, parent_id=country.there, on=JUNE),
        lambda: rename_area(actor=server, area_id=country.a, name="Năm", on=JUNE),
    ):
        with pytest.raises(Problem) as refused:
            change()
        assert {code for _, code in faults(refused)} == {"area_not_there"}
