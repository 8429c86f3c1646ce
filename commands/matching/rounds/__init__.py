"""Rounds: once a month everyone who takes part is paired at once."""
