"""Stand-ins for what a test can't have: a homeserver that obeys, and one that misbehaves on demand."""
