"""Words that hold sentences together: they need not be found for a practice to match."""

from __future__ import annotations

_EN = """
a about after all also an and any are as at be because been before being between both but by can
could did do does during each for from get gets had has have having he her here his how i if in into
is it its itself just many may me might more most much must my no nor not of on once one only or
other our out over own same shall she should so some such than that the their them then there these
they this those through to too under until up us very was we were what when where which while who
whom whose why will with within without would you your
"""
_DE = """
aber alle allem allen aller alles als am an andere anderen auch auf aus bei beim bin bis bist da
dabei damit dann das dass dein dem den denn der deren des dessen die dies diese diesem diesen dieser
dieses doch dort du durch ein eine einem einen einer eines er es etwa etwas für gegen gibt habe
haben hat hatte hatten ich ihr ihre ihrem ihren ihrer im in indem ins ist ja jede jedem jeden jeder
jedes kann kein keine können man mehr mein mit muss nach nicht nichts noch nun nur ob oder ohne sehr
sein seine seinem seinen seiner seit sich sie sind so solche soll sollen sondern sonst um und uns
unser unsere unter viel viele vom von vor wann war waren warum was weil welche welchem welchen
welcher welches wenn wer werden wie wieder will wird wo wollen wurde wurden während zu zum zur
zwischen über
"""
_FR = """
afin ai ainsi alors après au aucun aussi autre autres aux avant avec avoir c ce cela ces cet cette
ceux chez ci comme comment d dans de depuis des dont du elle elles en encore entre est et eu eux
faire fait il ils j je l la le les leur leurs lors lui là m ma mais me mes moins mon même n ne ni
nos notre nous on ont ou où par parmi pas pendant peu plus pour pourquoi qu quand que quel quelle
quelles quels qui quoi s sa sans se selon ses si soit son sont sous sur t ta te tes toi ton tous
tout toute toutes très tu un une vers vos votre vous y à été être
"""
_ES = """
a al algo algunas algunos ante antes así aunque bajo cada casi como con contra cual cuando cuya cuyo
cuál cuándo cuánto cuántos cómo de del desde donde dos durante dónde e el ella ellas ellos en entre
era eran es esa ese eso esta estas este esto estos está están fue fueron ha han hasta hay la las le
les lo los me mi mientras muy más ni no nos o otra otras otro otros para pero poco por porque que
quien quién qué se sea según ser si sido sin sobre son su sus sí también tan tanto te tiene tienen
todo todos tras tu un una unas uno unos y ya
"""
_PL = """
a aby albo ale ani bardzo bez bo by być był była było były ci co czy dla do gdy gdzie go i ich ile
im in innych ja jak jako je jego jej jest jeszcze jeśli już każdy kiedy kto która które którego
której który których którym którzy lub ma mają mi może można mu my na nad nam nas nich nie niej nim
niż o od oraz po pod ponieważ poza przed przez przy się są ta tak także tam te tego tej ten też to
tu tych tylko tym u w we wie więc wszystkie wszystko z za ze że
"""
_UK = """
а або але без би бо був була були було бути в вам вас весь ви вона вони воно все всі всіх від він
для до же з за зі й його йому ким кого коли котрий лише мають має мене ми може можна між мій на над
нас наш не ним них ні о об однак ось по поки при про під після та так також там те ти тих то того
тоді той тому тут у хто це цей цього цьому ці чи чим чому що щоб як яка який яких якщо які є і із їй
їм їх її
"""

#: The function words of each language, in lower case.
STOPWORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {"en": _EN, "de": _DE, "fr": _FR, "es": _ES, "pl": _PL, "uk": _UK}.items()
}
# What is a function word in one language and a thing that cities work on in another.
_AMBIGUOUS = frozenset(("war", "not", "bin", "will", "one", "son", "sin", "mit", "art", "rat"))
#: The function words of a query, whose language is not known.
ANY_STOPWORD: frozenset[str] = frozenset().union(*STOPWORDS.values()) - _AMBIGUOUS
