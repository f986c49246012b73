"""Long proofs of what is promised: each brings up a house of its own and breaks it on purpose."""
