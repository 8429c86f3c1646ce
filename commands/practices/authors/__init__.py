"""Who writes a practice together."""
