"""The wire and nothing of the domain: records, errors, streams, settings."""
