"""Tests of `commands/core`."""
