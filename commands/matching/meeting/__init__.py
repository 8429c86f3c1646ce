"""What becomes of an introduction that was accepted: the room, the hour, and what they took home."""
