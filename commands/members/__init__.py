"""Members: registering, profiles, finding each other, and what is known about a person."""
