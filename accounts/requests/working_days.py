"""Vietnam's working days, as far as a small table tells: the law counts some deadlines in them.

Fixed holidays follow a rule; Tết and the Hùng Kings' day follow the moon, so they stand here year by year. A holiday
that isn't in the table yet makes a deadline earlier, never later. One on a weekend is taken after it (Labour Code 2019,
art. 111.3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from itertools import islice

_FIXED = ((1, 1), (4, 30), (5, 1), (9, 1), (9, 2))
_BY_THE_MOON: dict[int, tuple[tuple[int, int], ...]] = {
    # The five days of Tết, then the Hùng Kings' (10th of the third month).
    2026: ((2, 16), (2, 17), (2, 18), (2, 19), (2, 20), (4, 26)),
    2027: ((2, 5), (2, 6), (2, 7), (2, 8), (2, 9), (4, 16)),
}
_SATURDAY = 5


@cache
def holidays(year: int) -> frozenset[dt.date]:
    """The days off of a year, besides weekends: holidays, and what is taken for those that fall on a weekend."""
    off: set[dt.date] = set()
    for month, day in sorted((*_FIXED, *_BY_THE_MOON.get(year, ()))):
        taken = dt.date(year, month, day)
        while taken.weekday() >= _SATURDAY or taken in off:
            taken += dt.timedelta(days=1)
        off.add(taken)
    return frozenset(off)


def is_working(day: dt.date) -> bool:
    """Whether offices are open."""
    return day.weekday() < _SATURDAY and day not in holidays(day.year)


def working_days_after(day: dt.date, count: int) -> dt.date:
    """The so-many-th working day after this one."""
    return next(islice(_from(day, 1), count - 1, None))


def working_days_before(day: dt.date, count: int) -> dt.date:
    """The so-many-th working day before this one."""
    return next(islice(_from(day, -1), count - 1, None))


def days_after(day: dt.date, count: int) -> dt.date:
    """So many days later, or the first working day from then on (Civil Code 2015, art. 148.5)."""
    due = day + dt.timedelta(days=count)
    return due if is_working(due) else working_days_after(due, 1)


def _from(day: dt.date, step: int) -> Iterator[dt.date]:
    while True:
        day += dt.timedelta(days=step)
        if is_working(day):
            yield day
