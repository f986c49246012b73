"""Streams, push, pull, merge: how records travel between phones and the server."""
