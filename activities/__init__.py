"""What teams do, one folder a subject."""
