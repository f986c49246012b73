"""Areas: the trees they hang in, what is loaded into them, and how they change."""
