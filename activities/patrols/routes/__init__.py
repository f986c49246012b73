"""Routes and their checkpoints: what is asked of a patrol, and what it did of that."""
