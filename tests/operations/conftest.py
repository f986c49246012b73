"""A house of a test's own, by the launcher, and what it takes to break it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from embedded.house import SERVER_VARIABLES, House
from embedded.postgres import OWNER
from embedded.processes import identity
from tests.launcher import Launcher, furnish, open_folder


class Home(Launcher):
    """A launcher whose servers can be looked into and killed."""

    def url(self, role: str = OWNER) -> str:
        """The address of the database, up or down."""
        postgres = House(self.data).postgres
        assert postgres
        return postgres.url(role, "anthon")

    def do(self, *words: str) -> str:
        """Runs a command that must succeed; what it said."""
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def kill_all(self) -> None:
        """SIGKILL to all processes of the house, the supervisor first: as a power cut ends them."""
        state = self.state()
        for kept in (state["supervisor"], *state["processes"].values()):
            for kill in (os.kill, os.killpg):
                try:
                    kill(kept["pid"], signal.SIGKILL)
                except ProcessLookupError:
                    pass
        while any(identity(kept["pid"]) for kept in state["processes"].values()):
            pass


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """Not up at the moment; put away at the end."""
    for name in SERVER_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with open_folder() as folder:
        home = Home(folder / "nhà")
        furnish(home.data)
        yield home
        home.run("down")
