"""Sharing whole numbers out loses nothing and favours nobody by more than one."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.areas.shares import apportion, share_out

shares = st.lists(st.decimals(min_value=0, max_value=1, places=8), min_size=1, max_size=8).filter(any)


@given(st.integers(0, 10**9), shares)
def test_parts_add_up_and_are_within_one_of_exact(total: int, shares: list[Decimal]) -> None:
    parts = apportion(total, shares)
    whole = sum(map(Fraction, shares))
    assert sum(parts) == total
    assert all(abs(part - total * Fraction(share) / whole) < 1 for part, share in zip(parts, shares, strict=True))


def test_the_largest_remainder_gets_the_rest() -> None:
    assert apportion(10, [Decimal("0.33"), Decimal("0.33"), Decimal("0.34")]) == [3, 3, 4]
    assert apportion(7, [Decimal("0.5"), Decimal("0.5")]) == [4, 3]


def test_without_shares_the_default_successor_gets_all() -> None:
    assert share_out(7, [None, None], default=1) == [0, 7]
    assert share_out(7, [Decimal("0.5"), None], default=0) == [7, 0]
    assert share_out(8, [Decimal("0.25"), Decimal("0.75")], default=0) == [2, 6]


def test_nothing_cannot_be_shared_by_nothing() -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        apportion(5, [Decimal(0)])
