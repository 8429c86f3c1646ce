"""Benchmarks: each module is a command that prints its figures; `README.md` says what they mean."""
