"""Shifts: who is on duty when, who came, who stood in for whom, and the roster of a month."""
