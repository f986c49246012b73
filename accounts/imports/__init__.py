"""Imports: people, teams, hamlets and roles from spreadsheets, checked whole, applied whole or not at all."""
