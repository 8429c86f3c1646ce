"""A practice's life as it can be read, and its end: steps, versions, the archive."""
