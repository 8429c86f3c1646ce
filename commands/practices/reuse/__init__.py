"""What becomes of a practice elsewhere: which cities take it over, what came of it, and thanks."""
