"""People who register, in both languages."""

from __future__ import annotations

from tests.transcript import ADA, BEN, MIA, Chat

ADA_FORM = """\
!register
name: Ada Lovelace
organisation: International Office
kind: city
city: Lyon
country: France
population: 522,000
languages: English, French
themes: climate adaptation; housing
offers: housing: tours of our cooperative quarters
needs: climate adaptation: examples of heat plans
contact visible: no
consent: yes"""

BEN_FORM = """\
!registrieren
Name: Ben Ünal
Organisation: Stabsstelle Europa
Art: Gemeinde
Stadt: Bad Münstereifel
Land: Deutschland
Einwohner: 17.400
Sprachen: Deutsch und Englisch
Themen: Klimaanpassung
Angebote: Klimaanpassung: Hochwasserschutz für kleine Orte
Kontakt sichtbar: ja
Einwilligung: ja"""

MIA_FORM = """\
!register
name: Mia Ferrer
organisation: Institute for Peers
kind: science
city: Barcelona
country: ES
languages: en, es
themes: peace; science
consent: yes"""

FORMS = {ADA: ADA_FORM, BEN: BEN_FORM, MIA: MIA_FORM}


def register(chat: Chat, *users: str) -> None:
    """Make these people members."""
    for user in users or FORMS:
        chat.say(user, FORMS[user])
