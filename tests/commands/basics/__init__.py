"""Tests of `commands/basics`."""
