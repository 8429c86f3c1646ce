"""What people say to a bot that is killed meanwhile."""

from __future__ import annotations

from bench import words

REGISTER = words.REGISTER.format(name="Ada Demo")
SHARE = words.SHARE.format(title="Rain gardens instead of kerbs")
# In the lobby: reading and writing, an answer with a file in a direct chat that is yet to be made, a pin.
SAID = ("!ping", REGISTER, SHARE, "!language de", "!mydata", "!pin 1 easy to repeat", "!ping", "!ping")
