"""What accounts answer on the wire."""
