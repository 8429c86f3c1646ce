"""Three members: two who can help each other across languages, and one on the same themes."""

from __future__ import annotations

from tests.transcript import ADA, BEN, MIA, Chat

FORMS = {
    ADA: """\
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
needs: climate adaptation: examples of heat action plans
consent: yes""",
    BEN: """\
!registrieren
Name: Ben Ünal
Organisation: Stabsstelle Europa
Art: Gemeinde
Stadt: Bad Münstereifel
Land: Deutschland
Einwohner: 17.400
Sprachen: Deutsch und Englisch
Themen: Klimaanpassung
Angebote: Klimaanpassung: Hitzeaktionsplan für kleine Orte
Gesuche: Wohnen: genossenschaftliches Bauen
Einwilligung: ja""",
    MIA: """\
!register
name: Mia Ferrer
organisation: Institute for Peers
kind: science
city: Barcelona
country: ES
languages: en, es
themes: housing; climate adaptation
consent: yes""",
}


def register(chat: Chat) -> None:
    """Make all of them members, spoken to in the network's language."""
    for user, form in FORMS.items():
        chat.say(user, form)
        chat.say(user, f"language {chat.language}")
