"""Local days: times are stored in UTC, but a day, month or year is the one on the wall in Viet Nam."""

import datetime as dt
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> dt.datetime:
    """The server's time in UTC, cut to the millisecond, which is what the wire and the tables carry."""
    moment = dt.datetime.now(dt.UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def wire(moment: dt.datetime) -> str:
    """The one way a moment is written: `2026-11-22T05:30:00.123Z`."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_day(moment: dt.datetime) -> dt.date:
    """The local calendar day that a moment falls on; in the calendar's last hours, which have none, the day in UTC."""
    try:
        return moment.astimezone(LOCAL).date()
    except OverflowError:
        return moment.date()


def day_bounds(first: dt.date | None, last: dt.date | None) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Local days, both inclusive, as the half-open range of UTC moments `[start, end)`; None leaves a side open."""
    start = dt.datetime.combine(first, dt.time(), LOCAL).astimezone(dt.UTC) if first else None
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), LOCAL).astimezone(dt.UTC) if last else None
    return start, end
