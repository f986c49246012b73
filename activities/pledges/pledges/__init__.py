"""Pledges: what people are asked to agree to, what they signed, how that is proved, and how many did."""
