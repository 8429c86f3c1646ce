"""What people say to a bot that is ended meanwhile: the forms that register them and share a practice."""

from __future__ import annotations

REGISTER = """\
!register
Name: {name}
Organisation: International Office
Kind: City
City: Freiburg
Country: Germany
Languages: English, German
Themes: Climate, Twinning
Consent: yes, I agree"""
SHARE = """\
!share
Title: {title}
Summary: Small planted basins along the street take up heavy rain.
Challenge: Heavy rain flooded cellars in one quarter several times a year.
Solution: Residents and the city planted forty basins at the kerb.
Evidence: Not measured yet.
Lessons: Care has to be agreed with the residents before planting.
Transfer: A street that is being rebuilt anyway.
Themes: Climate adaptation
City: Freiburg
Country: Germany"""
