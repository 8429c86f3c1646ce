"""Tests of the Matrix gateway."""
