"""Practices as files, and files of practices."""
