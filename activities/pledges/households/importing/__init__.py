"""Households from a spreadsheet: a kind of import for the engine of accounts.imports."""
