"""The roster of a month: drafted fairly, read with its loads and gaps, printed for the wall."""
