"""Chaos, the short form: 1,000 pushes, 12 kills, nothing lost, doubled or partial. It brings its own house."""

from tests.launcher import prove

LONGEST_S = 780
"""It takes a minute and a half on two cores that do little else; beside other tests, longer."""


def test_a_thousand_pushes_survive_twelve_kills() -> None:
    said = prove("chaos", "--pushes", "1000", "--kills", "12", "--limit", "420", within_s=LONGEST_S)
    assert "lost 0, doubled 0, partial 0" in said
