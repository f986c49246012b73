"""Chromium as tests drive it. Where there is none, they are skipped with a word; `.ci/run` installs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
_OFF = ("gpu", "background-networking", "component-update", "sync")
FLAGS = ["--no-sandbox", "--no-first-run", *(f"--disable-{each}" for each in _OFF)]
# The narrowest phone that people have.
PHONE = 360


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    # Playwright leaves a loop running in this thread, which is no reason not to ask the database in it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
