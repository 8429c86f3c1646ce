"""What people keep an eye on: bookmarks, watched themes and searches, and what the library lacks."""
