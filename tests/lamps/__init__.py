"""A record type of the tests' own, with a field of every merge kind: what it takes to add one."""
