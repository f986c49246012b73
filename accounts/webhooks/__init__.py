"""Webhooks: other systems are told of what happens in an area, signed as Standard Webhooks have it."""
