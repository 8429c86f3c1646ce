"""Trainings: practices to read before, a quiz, and a line in the record of who took part."""
