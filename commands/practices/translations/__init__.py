"""Short versions of practices in other languages: written by those who may edit, found, and shown."""
