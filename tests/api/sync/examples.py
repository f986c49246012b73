"""How many examples the property tests try: `ANTHON_EXAMPLES=1000` for a night, a few for every run."""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("ANTHON_EXAMPLES", "0"))


def modest(usual: int) -> settings:
    """Settings for `usual` examples, or as many as the environment asks for. Fixtures live through all of them."""
    return settings(
        max_examples=EXAMPLES or usual, deadline=None, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
