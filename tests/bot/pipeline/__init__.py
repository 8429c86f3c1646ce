"""The pipeline against a homeserver in memory that fails on demand; the database is real."""
