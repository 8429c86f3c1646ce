"""What people say to a bot that is killed meanwhile."""

from __future__ import annotations

REGISTER = """\
!register
Name: Ada Demo
Organisation: International Office
Kind: City
City: Freiburg
Country: Germany
Languages: English, German
Themes: Climate, Twinning
Consent: yes, I agree"""
SHARE = """\
!share
Title: Rain gardens instead of kerbs
Summary: Small planted basins along the street take up heavy rain.
Challenge: Heavy rain flooded cellars in one quarter several times a year.
Solution: Residents and the city planted forty basins at the kerb.
Evidence: Not measured yet.
Lessons: Care has to be agreed with the residents before planting.
Transfer: A street that is being rebuilt anyway.
Themes: Climate adaptation
City: Freiburg
Country: Germany"""
# In the lobby: reading and writing, an answer with a file in a direct chat that is yet to be made, a pin.
SAID = ("!ping", REGISTER, SHARE, "!language de", "!mydata", "!pin 1 easy to repeat", "!ping", "!ping")
