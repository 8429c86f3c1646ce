"""A private network to try Proxenos in: a homeserver, the bot and a chat on one machine."""
