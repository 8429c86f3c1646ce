"""Tests of `commands/members`."""
