"""Backups and what comes back from them: the database, the objects in S3, and the database's log for any moment."""
