"""Registers of the personal-data law: requests of data subjects, and breaches, each with its deadlines."""
