"""Words that hold sentences together, or only ask: they need not be found for a practice to match."""

from __future__ import annotations

_EN = """
a about after all also am among an and any are around as at be because been before behind being
between both but by came can cannot come could did do does doing done down during each ever every
everybody everyone
for from further get gets go goes going had has have having he her here hers him himself his how i
if in into is it its itself just let like lot lots may me might mine more most much must my myself
no nobody nor not nothing of off often on once one only or other ought our ourselves out over own
per quite rather really said same say says seem several shall she should so some something somewhere
still such than that the their theirs them themselves then there these they this those through to
toward towards under until up upon us used uses using very via want wants was we were what when
where whether which while who whole whom whose why will with within would yes yet you your yourself
"""
_DE = """
ab aber alle allem allen aller alles als am an andere anderem anderen anderer anderes auch auf aus
außer außerdem bei beim bereits besonders bin bis bisher bist bitte da dabei damit dann daran darauf
daraus darin darum darüber das dass davon dazu dein deine deinem deinen deiner deines dem demnach
den denen denn der
deren des deshalb dessen dich die dies diese diesem diesen dieser dieses dir doch dort drei du durch
dürfen eben ebenso eigene eigenem eigenen eigener eigenes ein eine einem einen einer eines einige
einigen einiger einiges einmal er erst es etliche etwa etwas euch euer eure eurem euren eurer
eures falls fast für ganz
ganze ganzen gar gegen gegenüber genau gerade gern gerne gibt habe haben hat hatte hatten hier hin
hinter ich ihr ihre ihrem ihren ihrer ihres im in indem innerhalb ins irgendwie ist ja jede jedem jeden
jeder jedes jemand jener jetzt jeweils kann kein keine keinem keinen keiner konnte konnten können
könnte könnten lassen ließ mag man manche manchen mehr mehrere mehreren mein meine meinem meinen
meiner meines mich mir mit mochte
muss musste mussten möchte möchten möglichst müssen nach neben nicht nichts nie niemand noch nun nur
nämlich ob oder oft per schon sehr sei seid sein seine seinem seinen seiner seines seit selbst sich sie
sind so solche soll sollen sondern sonst sowie sowohl statt stets tatsächlich trotz trotzdem tun
täte um und ungefähr uns unser unsere unserem unserer unseres unsrer unter usw vielleicht vom von
vor völlig wann war waren warum was weil welche welchem welchen welcher welches wem wen wenn wer
werden wie wieder will wir wird wirklich wirst wo woher wohin wohl wollen womit worden worüber wovon
wozu wurde wurden während würde würden zu zudem zum zur zwar zwischen über
"""
_FR = """
afin ai ailleurs ainsi alors après assez au aucun aussi autour autre autres aux avaient avait avant
avec avez avoir avons bien bon c car ce cela celle celles celui cependant certaines certains ces cet
cette ceux chacun chaque chez ci comme comment contre d dans davantage de dedans dehors delà depuis
des devant doit doivent donc dont du durant déjà elle elles en encore entre environ est et eu eux
faire fait font hors ici il ils j jamais je jusqu jusque l la laquelle le lequel les lesquels leur
leurs lors lorsque lui là m ma mais malgré me mes mieux mon même n ne ni nos notre nous nouveau on
ont ou où par parce parfois parmi part pas pendant peu peut peuvent peux plus plusieurs plutôt pour
pourquoi presque puis puisque qu quand quant que quel quelle quelles quelque quelques quels qui quoi
quoique rien s sa sauf se selon sera serait seront ses seulement si sinon soit sommes son sont sous
suis sur surtout sûr t ta tandis tant te tel telle telles tels tes toi ton toujours tous tout toute
toutes travers très tu un une va vais vers veulent veut veux voici voilà vont vos votre vous y à
étaient était étant été êtes être
"""
_ES = """
a además ahora ahí al algo alguien alguna algunas algunos algún allí ante antes aquel aquella
aquellos aquí así aunque aún bajo bien cada casi cierto como con contra cual cuando cuya cuyo cuál
cuáles cuándo cuánta cuántas cuánto cuántos cómo de debe deben del demás dentro desde después donde
dos durante dónde e el ella ellas ellos en entonces entre era eran es esa ese eso esta estamos estar
estas este esto estos estoy está están fue fuera fueran fueron ha hace hacia han hasta hay he hemos
incluso jamás la lado las le les lo los luego me mediante mi mientras misma mismas mismo mismos
mucha muchas mucho muchos muy más nada nadie ni no nos nosotras nosotros nuestra nuestras nuestro
nuestros nunca o otra otras otro otros para pero poco podemos por porque pueda puede pueden puedo
pues que queremos quien quienes quiero quién qué salvo se sea según ser será serán si sido siempre
sino sobre solamente solo somos son soy su sus suya suyo sí sólo tal también tampoco tan tanto te
tenemos tengo tenía tiene tienen toda todas todavía todo todos tras tu un una unas uno unos uso
usted ustedes va vamos van vez y ya yo él
"""
_PL = """
a aby albo ale ani aż bardzo bo bowiem by być był była było byłoby były będzie będą chce chcemy ci
co coś czy dla dlaczego dlatego do dokąd gdy gdyż gdzie gdzieś go i ich ile im in innych ja jak jaka
jakie jakim jakiś jako je jedna jednak jednego jedno jego jej jest jestem jesteśmy jeszcze jeśli już
każdy kiedy kilka kogo kto która które którego której który których którym którzy ku lecz lub ma
mają mamy mi mieć mnie moja moje może można mu musi my mój na nad nam nami nas nasi nasz nasza nasze
naszym nich nie niech niej nigdy nim niż o obok od one oni ono oraz owszem pan pani po pod podczas
pomiędzy ponad ponieważ powinien poza prawie przed przez przy sam sama się sobie sposób swoje swój
są ta tak także tam te tego tej ten teraz też to tu twój ty tych tylko tym u w we wie więc wszyscy
wszystkie wszystko wy właśnie z za zawsze ze znowu żadny że żeby
"""
_UK = """
а або адже але багато би бо був буде будуть будь була були було бути біля в вам вас ваш весь вже ви
вона вони воно все всього всюди всі всіма всіх від він для до дуже же з за завжди зараз звідки знов
зі й його йому ким кого кожен кожна коли котрий крім куди ледве лише мати мають має мене ми може
можна моя моє між мій на навколо навіть над нас наш наша наше нашого наші нашій не ним них нього ні
ніби ніколи ніхто о об один одна однак ось перед по поза поки потім при про проте під після саме
своя своє свій себе скільки та так такий також такі там те тепер ти тих то тобто того тоді той тому
треба тут тільки у уже хай хоча хто це цей цього цьому ці через чи чим чому що щоб щодо як яка якби
який яких якого якою якої якщо які якій є і із їй їм їх її
"""

# The verbs and nouns that people put around what they ask for. A practice may be about them, so they are
# left out of questions alone, and only where other words remain.
_ASKING = """
achieve ask avoid become best build check create deal deals do example examples experience
experiences find get gets getting give good handle hello help helps improve introduce keep know learn look
looking made make makes making manage need needs offer ok okay people please practice practices put run
search see set show solution solutions solve start successful take tell thank thanks thing things
tip tips try
way ways work works

anfangen angehen beispiel beispiele beispielen bekommen bekommt bitte brauchen braucht bringen
danke einführen einsetzen erfahrung erfahrungen erreichen erzeugen finde finden findet fragen funktioniert
funktionieren geben gehen geht gelingt gelingen gemacht gesucht gute guten guter gutes hallo helfen hilft
informationen infos kennt kennen kommen kommt leute lösen lösung lösungen macht mache machen machst
möglich möglichkeiten nutzen praxis praxisbeispiel praxisbeispiele probleme problem projekt projekte
schaffen schafft sehen setzen stellen suche suchen sucht tipp tipps umgehen umgang umsetzen
verbessern vermeiden wege weg weiß wissen wünschen zeig zeige zeigen

aident aider aidez aidons améliorer avoir bonne bonnes bons cherche chercher cherchons connaître
créer donner essayer exemple exemples expérience expériences faire gérer meilleur meilleure mettre
montrer obtenir passer place pratique pratiques problème problèmes réussi réussir savoir solution
solutions trouver voir éviter

ayudar buena buenas bueno buenos buscar busco buscamos conocer conseguir crear dar ejemplo ejemplos
encontrar evitar experiencia experiencias gestionar hacer lograr mejor mejorar mejores mostrar
obtener poner práctica prácticas problema problemas realizar saber solución soluciones tener ver

dobre dobry dobra doświadczenia jakie mieć móc najlepsze pokaż pomóc pomoc praktyka praktyki problem
problemy przykład przykłady robić rozwiązania szukam szukamy uzyskać zrobić znaleźć

знайти добрі допомогти досвід зробити краще кращі маємо отримати показати практика практики приклад
приклади проблема робити рішення хочемо шукаю шукаємо
"""

#: The function words of each language, in lower case; not those that tell much: `without`, `less`, `too`.
STOPWORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.casefold().split())
    for language, words in {"en": _EN, "de": _DE, "fr": _FR, "es": _ES, "pl": _PL, "uk": _UK}.items()
}
# What is a function word in one language and a thing that cities work on in another.
_AMBIGUOUS = frozenset(("war", "not", "bin", "will", "one", "son", "mit", "art", "rat"))
#: The function words of a query, whose language is not known.
ANY_STOPWORD: frozenset[str] = frozenset().union(*STOPWORDS.values()) - _AMBIGUOUS
#: Function words that only one of the languages has: who uses one speaks it.
UNMISTAKABLE: frozenset[str] = frozenset(
    word for word in ANY_STOPWORD if sum(word in words for words in STOPWORDS.values()) == 1
)
#: What is said around a question in any of the languages.
ASKING: frozenset[str] = frozenset(_ASKING.casefold().split())


def is_dull(word: str, spelled: str, language: str) -> bool:
    """Whether a word as written (and its spelling) is a function word: EU is no French participle."""
    return spelled in STOPWORDS.get(language, ()) and not (len(word) > 1 and word.isupper())


def is_filler(word: str) -> bool:
    """Whether a word only holds sentences together or asks, in any of the languages."""
    return word.casefold() in ANY_STOPWORD or word.casefold() in ASKING
