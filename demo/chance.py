"""Chance that can be repeated: the same seed throws the same dice."""

from random import Random


def dice(seed: str) -> Random:
    """Dice for one purpose, named by its seed."""
    return Random(seed)
