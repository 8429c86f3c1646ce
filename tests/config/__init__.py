"""Tests of the settings, the data and the texts."""
