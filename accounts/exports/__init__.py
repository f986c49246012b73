"""Files that people ask for: written by a worker, piece by piece, and kept for a day."""
