"""Patrols, their tracks and their closing."""
