"""Sharing whole numbers out among the parts of an area that was split."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def apportion(total: int, shares: Sequence[Decimal | Fraction]) -> list[int]:
    """`total` in whole parts that add up to it again, by largest remainder; equal remainders go to the first.

    The shares needn't add up to one; ValueError if they add up to nothing.
    """
    whole = sum((Fraction(share) for share in shares), Fraction(0))
    if whole <= 0:
        raise ValueError("shares must add up to more than nothing")
    exact = [total * Fraction(share) / whole for share in shares]
    parts = [part.numerator // part.denominator for part in exact]
    rest = total - sum(parts)
    for place in sorted(range(len(exact)), key=lambda place: parts[place] - exact[place])[:rest]:
        parts[place] += 1
    return parts


def share_out(total: int, shares: Sequence[Decimal | None], default: int) -> list[int]:
    """A split area's own figure among its successors: by share, or all to the default one where none is known."""
    if any(share is None for share in shares):
        return [total if place == default else 0 for place in range(len(shares))]
    return apportion(total, [share for share in shares if share is not None])
