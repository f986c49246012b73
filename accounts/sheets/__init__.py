"""Activation sheets: what is printed for people who have no account yet, from the question to the PDF."""
