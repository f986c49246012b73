"""What the owner's process does every few seconds for other apps, which register it: what their roles may not do."""

from collections.abc import Callable

DUTIES: list[Callable[[], object]] = []


def register_duty(duty: Callable[[], object]) -> None:
    """Have it done by the keeper with each round; it must be cheap when there is nothing to do."""
    DUTIES.append(duty)
