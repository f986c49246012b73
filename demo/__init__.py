"""The demo: the cast, simulated phones that use nothing but HTTP, a bad network, and one evening played through it."""
