"""The settings of the tests: the product's own, and a record type that only tests have."""

import tests.environment  # noqa: F401
from api.settings import *  # noqa: F403
from api.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.lamps"]
