"""The tags of the admin site's templates."""
