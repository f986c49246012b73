"""The routes of tips: for whoever sends one, for the police, for keys and counts."""
