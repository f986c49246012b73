"""Observations: what a team saw, and how grave it was."""
