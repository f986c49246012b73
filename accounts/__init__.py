"""People and places: areas, users, teams, grants, sessions, scope, audit."""
