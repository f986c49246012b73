"""What accounts tells the wire about itself: record types, events, problems."""

from accounts import events, problems  # noqa: F401 - they fill the vocabulary and the table of problems
