"""Practices as files, and the files that belong to practices."""
