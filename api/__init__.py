"""The wire and nothing of the domain: records, errors, streams, settings."""

VERSION = "0.1.0"
"""The server's own, as in pyproject.toml and CHANGELOG. The API on the wire is `/v1`, and only grows."""
