"""The only grain of time that tips know: the hour; and the 24 hours within which one is passed on."""

import datetime as dt

from api.localtime import now

FORWARDED_WITHIN = dt.timedelta(hours=24)


def this_hour() -> dt.datetime:
    """The hour that has begun, in UTC; local hours begin with it."""
    return now().replace(minute=0, second=0, microsecond=0)
