"""After a restore someone raises the epoch by hand."""

import pytest
from django.core.management import call_command

from api.sync.epoch import current_epoch


@pytest.mark.usefixtures("clean_db")
def test_the_command_says_the_old_epoch_and_the_new_one(capsys: pytest.CaptureFixture[str]) -> None:
    before = current_epoch()
    call_command("raise_epoch")
    after = current_epoch()
    assert after > before
    assert capsys.readouterr().out == f"the epoch was {before} and is now {after}\n"
