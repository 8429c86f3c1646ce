"""Ways to practices without a search: what is similar, what is new, what moderators picked."""
