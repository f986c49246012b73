"""Households: who lives in a hamlet, found again, merged where two phones registered one, erased on request."""
