"""Real Postgres and S3 servers from Python wheels, for `./anthon up` and the tests; standard library only."""
