"""Errors as a chat model makes them, planted into true sentences by rule: each is a change of one thing.

Each rule returns the changed text, or None where there is nothing that it could change.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random


@dataclass(frozen=True)
class Original:
    """A true sentence, what the passage says that it rests on, and a source of chance."""

    text: str
    language: str
    told: str
    chance: Random


Rule = Callable[[Original], str | None]

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
MARKETS = {
    "en": "Australia|Brazil|Canada|China|Europe|Japan|South Korea|the USA",
    "ca": "Austràlia|Brasil|Canadà|Xina|Europa|Japó|Corea del Sud|EUA",
    "es": "Australia|Brasil|Canadá|China|Europa|Japón|Corea del Sur|Estados Unidos",
    "fr": "Australie|Brésil|Canada|Chine|Europe|Japon|Corée du Sud|États-Unis",
    "it": "Australia|Brasile|Canada|Cina|Europa|Giappone|Corea del Sud|USA",
    "de": "Australien|Brasilien|Kanada|China|Europa|Japan|Südkorea|USA",
}
AND = {"en": "and", "ca": "i", "es": "y", "fr": "et", "it": "e", "de": "und"}
# What a figure counts in: one is put for another of its group.
UNITS = {
    "en": ["days weeks months years", "USD EUR CAD AUD JPY CNY KRW BRL", "million billion"],
    "ca": ["dies setmanes mesos anys", "USD EUR CAD AUD JPY CNY KRW BRL", "milions bilions"],
    "es": ["días semanas meses años", "USD EUR CAD AUD JPY CNY KRW BRL", "millones billones"],
    "fr": ["jours semaines mois ans", "USD EUR CAD AUD JPY CNY KRW BRL", "millions milliards"],
    "it": ["giorni settimane mesi anni", "USD EUR CAD AUD JPY CNY KRW BRL", "milioni miliardi"],
    "de": ["Tage Wochen Monate Jahre", "USD EUR CAD AUD JPY CNY KRW BRL", "Millionen Milliarden", "Mio. Mrd."],
}
# Verbs whose denial is written by one rule in each language.
VERBS = {
    "en": "is are was were must can may will would should could has have had might",
    "ca": "és són era eren va van pot poden cal ha han té tenen dona donen necessita necessiten exigeix compta compten"
    " paga fa fan entra s'aplica cobreix afegeix aporta consta figura requereixen conté comporta està depèn triga",
    "es": "es son era eran fue fueron puede pueden debe deben tiene tienen hay hace da necesita necesitan exige está"
    " están recibe reciben cuesta funciona dura permite ofreció prevé reconocen gravan grava afecta entró adoptó"
    " conviene visitó recoge indica procede proceden apoya apoyan",
    "fr": "est sont était étaient peut peuvent doit doivent faut a ont exige exigent donne porte passe passent aide"
    " aident vient viennent demande répartit durcit visaient dispose compte traite suit nécessitent permet conseille",
    "it": "è sono era erano può possono deve devono ha hanno dovrebbe occorre va vanno vale paga riguarda contiene"
    " limitano concede comincia decide richiede vige dimostra apporta proviene provengono cambiano figura faceva"
    " prevede propongono",
    "de": "ist sind war waren kann können muss müssen darf dürfen hat haben gilt gelten wird werden soll sollen braucht"
    " brauchen dauert beträgt erhielt erhalten unterstützten folgt lag liegt nennt zählte begann bezahlt verlangt",
}
_DENIED: dict[str, str] = {
    "en": r"\1 not",
    "ca": r"no \1",
    "es": r"no \1",
    "it": r"non \1",
    "de": r"\1 nicht",
}
# How a denial is taken out again.
AFFIRMED: dict[str, Sequence[tuple[str, str]]] = {
    "en": [
        (r"\bcannot\b", "can"),
        (r"\b(does|do|did) not\b", r"\1"),
        (r"\bnot ", ""),
        (r"\b[Nn]o (?=\w)", "a "),
        (r"\b[Nn]ever ", ""),
        (r"\bwithout\b", "with"),
        (r"\bnone of\b", "some of"),
        (r"\bneither\b", "either"),
    ],
    "ca": [(r"\b[Nn]o ", ""), (r"\bsense\b", "amb"), (r"\bcap ", "una "), (r"\bmai ", "")],
    "es": [(r"\b[Nn]o ", ""), (r"\bsin\b", "con"), (r"\b([Nn])ingun(a?)\b", r"un\2"), (r"\b[Nn]unca ", "")],
    "fr": [
        (r"\bn(?:e |['’])(\w+) pas\b", r"\1"),
        (r"\bsans\b", "avec"),
        (r"\b[Aa]ucun(e?) (\w+) (?:ne |n['’])", r"un\1 \2 "),
        (r", pas ", ", et "),
        (r"\bn['’]exigent pas d['’]", "exigent une "),
    ],
    "it": [(r"\b[Nn]on ", ""), (r"\bsenza\b", "con"), (r"\balcuna?\b", "una"), (r"\bmai ", "")],
    "de": [(r"\b([Kk])ein(e?[mnrs]?)\b", r"ein\2"), (r"\bnicht (?:mehr )?", ""), (r"\bohne\b", "mit"), (r"\bnie ", "")],
}
CONTRARIES = {
    "en": "mandatory|voluntary, before|after, more than|less than, at least|at most, at least|up to, over|under,"
    " longer|shorter, include|exclude, increase|decrease, inside|outside, allowed|forbidden, accepted|refused",
    "ca": "obligatòria|voluntària, obligatori|voluntari, abans de|després de, més de|menys de, almenys|com a màxim,"
    " fins a|almenys, dins|fora, inclou|exclou, augment|disminució, permet|prohibeix",
    "es": "obligatorio|voluntario, obligatoria|voluntaria, antes de|después de, más de|menos de, al menos|como máximo,"
    " hasta|al menos, dentro|fuera, incluye|excluye, permite|prohíbe, amplía|reduce",
    "fr": "obligatoire|facultatif, avant|après, plus de|moins de, au moins|au plus, jusqu'à|au moins,"
    " élargit|restreint, inclut|exclut, autorise|interdit, augmenté|diminué",
    "it": "obbligatorio|volontario, prima di|dopo, prima della|dopo la, più di|meno di, oltre|meno di,"
    " almeno|al massimo, fino a|almeno, inclusi|esclusi, accettate|rifiutate, aumento|riduzione",
    "de": "verpflichtend|freiwillig, vor dem|nach dem, vor der|nach der, mehr als|weniger als,"
    " mindestens|höchstens, bis zu|mindestens, außerhalb|innerhalb, erlaubt|verboten, verschärft|lockert",
}
_FIGURE = re.compile(r"(?<![\w.,/-])\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+(?!\d)|(?<![\w.,/-])\d+(?:[.,]\d+)?(?![\d-])")
_CAPITAL = re.compile(r"(?<=[\w,;)] )[A-Z][\w&-]{2,}")
_NO_NAME = re.compile(r".*\d.*|[IVX-]+[ab]?|USD|EUR|CAD|AUD|JPY|CNY|KRW|BRL")
_WORD = re.compile(r"[\w&-]+")


def changed_figure(one: Original) -> str | None:
    """Another figure that does not stand in the passage."""
    places = [match for match in _FIGURE.finditer(one.text) if not _of_a_date(one.text, match, one.language)]
    if not places:
        return None
    place = one.chance.choice(places)
    return _put(one.text, place.span(), _other_figure(place[0], one.chance, one.told))


def changed_unit(one: Original) -> str | None:
    """The same figure in another unit, currency or order of magnitude."""
    for group in one.chance.sample(UNITS[one.language], len(UNITS[one.language])):
        units = group.split()
        match = re.search(rf"(?<=\d )({'|'.join(map(re.escape, units))})(?!\w)|\b({'|'.join(units)})(?= \d)", one.text)
        if match:
            other = one.chance.choice([unit for unit in units if unit != match[0]])
            return _put(one.text, match.span(), other)
    return None


def figure_from_elsewhere(one: Original) -> str | None:
    """Another figure of the same passage: the hardest to see, since it does stand there."""
    places = [match for match in _FIGURE.finditer(one.text) if not _of_a_date(one.text, match, one.language)]
    own = {re.sub(r"\D", "", match[0]) for match in places}
    others = [
        match[0]
        for match in _FIGURE.finditer(one.told)
        if not _of_a_date(one.told, match, "en") and re.sub(r"\D", "", match[0]) not in own
    ]
    if not places or not others:
        return None
    place = one.chance.choice(places)
    return _put(one.text, place.span(), one.chance.choice(others))


def changed_date(one: Original) -> str | None:
    """Another day, month or year."""
    months = MONTHS[one.language].split()
    month, day, year = _dates(one.language)
    places = [
        (match.span(), one.chance.choice([month for month in months if month != match[0]]))
        for match in month.finditer(one.text)
        if re.search(r"\d", one.text[max(0, match.start() - 8) : match.end() + 8])
    ]
    places += [
        (match.span(), other)
        for match in year.finditer(one.text)
        if (other := str(int(match[0]) + one.chance.choice([-3, -2, -1, 1, 2, 3]))) not in one.told
    ]
    places += [
        (match.span(), one.chance.choice([str(day) for day in range(2, 29) if str(day) != match[0]]))
        for match in day.finditer(one.text)
    ]
    return _put(one.text, *one.chance.choice(places)) if places else None


def changed_market(one: Original) -> str | None:
    """Another market by its name; nothing else about the sentence changes."""
    names = MARKETS[one.language].split("|")
    named = [name for name in names if re.search(rf"\b{name}\b", one.text)]
    if not named:
        return None
    name = one.chance.choice(named)
    other = one.chance.choice([other for other in names if other not in named])
    return re.sub(rf"\b{name}\b", other, one.text)


def changed_name(one: Original, names: Sequence[str]) -> str | None:
    """Another name of the library, of the same form: an acronym for an acronym, a word for a word."""
    here = [match for match in _WORD.finditer(one.text) if match[0] in names]
    if not here:
        return None
    place = one.chance.choice(here)
    others = [
        name
        for name in names
        if name.isupper() == place[0].isupper() and not re.search(rf"\b{re.escape(name)}\b", one.told + one.text)
    ]
    return _put(one.text, place.span(), one.chance.choice(others))


def changed_denial(one: Original) -> str | None:
    """A denial taken out where there is one, put in where there is none."""
    for pattern, affirmed in AFFIRMED[one.language]:
        if re.search(pattern, one.text):
            return re.sub(pattern, affirmed, one.text, count=1)
    places = list(re.finditer(rf"(?<![\w'’])({'|'.join(VERBS[one.language].split())})(?![\w'’-])", one.text))
    if not places:
        return None
    place = one.chance.choice(places)
    if one.language == "fr":
        denied = ("n'" if place[1][0] in "aeéèiouh" else "ne ") + place[1] + " pas"
    else:
        denied = place.expand(_DENIED[one.language])
    return _put(one.text, place.span(), denied)


def contrary(one: Original) -> str | None:
    """A word put in the place of its contrary."""
    both: dict[str, str] = {}
    for pair in CONTRARIES[one.language].split(", "):
        first, last = pair.split("|")
        both |= {first: last, last: first}
    places = list(re.finditer(rf"\b({'|'.join(both)})\b", one.text))
    if not places:
        return None
    place = one.chance.choice(places)
    return _put(one.text, place.span(), both[place[0]])


def added_clause(one: Original, others: Mapping[str, Sequence[str]]) -> str:
    """A clause about something else, as a model adds from its own head: true elsewhere, and not borne here."""
    short = [other for other in others[one.language] if other[:20] not in one.text and len(other.split()) < 18]
    other = one.chance.choice(short).rstrip(".")
    joint = one.chance.choice(["; ", f", {AND[one.language]} "])
    return f"{one.text.rstrip('.')}{joint}{other if other[:2].isupper() else other[0].lower() + other[1:]}."


def names_of(texts: Iterable[str], markets: Iterable[str]) -> list[str]:
    """The names in English texts: written with a capital inside sentences, and never without."""
    capital: Counter[str] = Counter()
    small: set[str] = set()
    for text in texts:
        capital.update(_CAPITAL.findall(text))
        small.update(word.lower() for word in _WORD.findall(text) if word[0].islower())
    shut_out = {word.lower() for name in markets for word in name.split()}
    shut_out |= {month.lower() for names in MONTHS.values() for month in names.split()}
    return sorted(
        name
        for name, count in capital.items()
        if count > 1 and name.lower() not in small | shut_out and not _NO_NAME.fullmatch(name)
    )


def rules(names: Sequence[str], others: Mapping[str, Sequence[str]]) -> Mapping[str, Rule]:
    """The rules by the kind of error that they plant; a swapped citation is no change of the text.

    `names` are those of the library, `others` statements by their language.
    """
    return {
        "figure": changed_figure,
        "unit": changed_unit,
        "figure elsewhere": figure_from_elsewhere,
        "date": changed_date,
        "market": changed_market,
        "name": partial(changed_name, names=names),
        "negation": changed_denial,
        "contrary": contrary,
        "addition": partial(added_clause, others=others),
    }


def _put(text: str, span: tuple[int, int], other: str) -> str:
    return text[: span[0]] + other + text[span[1] :]


def _dates(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A month, the day before a month, and a year."""
    months = "|".join(MONTHS[language].split())
    return (
        re.compile(rf"\b(?:{months})\b"),
        re.compile(rf"(?<![\w.,/-])\d{{1,2}}(?=(?:st|nd|rd|th|er|\.)? (?:de |d['’])?(?:{months}))"),
        re.compile(r"(?<![\w/.-])(?:19|20)\d\d(?![\w/])"),
    )


def _other_figure(written: str, chance: Random, told: str) -> str:
    """A figure of the same form: another digit, or ten times as much."""
    for _ in range(20):
        if chance.random() < 0.2 and written.isdigit():
            other = written + "0"
        else:
            at = chance.choice([at for at, char in enumerate(written) if char.isdigit()])
            digit = chance.choice([digit for digit in "123456789" if digit != written[at]])
            other = written[:at] + digit + written[at + 1 :]
        if not re.search(rf"(?<!\d){re.escape(other)}(?!\d)", told):
            return other
    return written + "0"


def _of_a_date(text: str, match: re.Match[str], language: str) -> bool:
    if re.fullmatch(r"(?:19|20)\d\d", match[0]):
        return True
    after = text[match.end() : match.end() + 18]
    return bool(
        re.match(rf"(?:st|nd|rd|th|er|\.)?[ /\d]*(?:de |d['’])?(?:{MONTHS[language].replace(' ', '|')})", after)
    )
