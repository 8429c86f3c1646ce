"""Good practices: shared, shown, found, edited, and pinned by moderators."""
