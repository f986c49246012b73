"""The admin site under `/admin`: pages over the same services, scope and rules as the API, for who manages people."""
