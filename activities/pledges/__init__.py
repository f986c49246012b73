"""Households, and the pledges that they sign."""
