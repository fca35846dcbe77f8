"""Figures, dates and units of a text in one form, whatever the language it is written in."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from assistant.language.numerals import in_english_figures

_ACCENT = re.compile(r"[\u0300-\u036f]")
_SEPARATED = re.compile(r"(?<![\d.,])([1-9]\d{0,2})((?:[.,' ]\d{3})+)(?!\d)")
_DECIMAL = re.compile(r"(?<=\d),(?=\d)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PERCENT = re.compile(r"\b(?:per cent|por ciento|por cien|pour cent|per cento|por cento)\b")
_ROMAN = re.compile(r"\b(I{2,3}|IV|VI{0,3}|I?X)([ab]?)\b")
_CLASS_WORD = r"\b(?:class|klasse|classe|clase|categor\w+|kategorie|phase|fase|grade|grado|grau)(?:n|e?s)? "
_CLASS = re.compile(rf"{_CLASS_WORD}(i|[a-d])\b")
_OTHER_CLASS = r"(?:,? (?:to|or|and|bis|oder|und|[aeouyi]|et|ou) |, | ?[-–/] ?)[1-9]"
_NUMBERED_CLASSES = re.compile(rf"{_CLASS_WORD}([1-9](?:{_OTHER_CLASS})*)(?![\w%]|[.,]\d)")
_ROMANS = "i ii iii iv v vi vii viii ix".split()
_ISO = re.compile(r"\b(\d{4})-(0\d|1[0-2])(?:-(\d\d))?\b")
_NUMERIC_DATE = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./]((?:19|20)\d\d)\b")
_YEARS = re.compile(r"\b((?:19|20)\d\d)[-–/](\d\d)\b(?![-/\d])")
_OF = r"\s*(?:de |d['’]|of |del |von )?\s*"
_TO = r"\s*(?:[-–/]|to|and|bis|und|y|al?|au|et?|ed|i)\s*"
_YEAR = r"((?:19|20|21)\d\d)"
_AFTER = re.compile(r"[\s-]*(?:d[eu]s? |d['’]|of )?(?:([^\W\d_]+)[\s-]+)?([^\W\d_]+\$?|[$€£%])")
_UNIT = re.compile(r"[^\W\d_]+\$?|[$€£%]")
_BEFORE = re.compile(r"([a-z]{3}|[a-z]{0,2}[$€£])\s*$")


@dataclass(frozen=True)
class Quantities:
    """The figures of a text.

    `said` are those that it gives: numbers (`26067`, `43.5`, with millions multiplied out), dates (`2026-02-02`,
    `2026-02`, `--02-02` without a year, `--02` for a month alone) and classes (`class ii`). `also` are their other
    readings: the month of a date, the figure without its million. `units` says what each number counts, where that is
    told beside it; `named` are all units that the text names anywhere.
    """

    said: frozenset[str]
    also: frozenset[str]
    units: Mapping[str, frozenset[str]]
    named: frozenset[str]

    def stand_in(self, source: Quantities) -> bool:
        """Whether another text gives all these figures, and counts the same with them."""
        if not self.said <= source.said | source.also:
            return False
        for number, units in self.units.items():
            known = source.units.get(number, units)
            if not units & known or not units <= source.named:
                return False
        return True


def fold(text: str) -> str:
    """Lower-case letters without accents; Japanese and Korean characters stay whole."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return unicodedata.normalize("NFC", _ACCENT.sub("", decomposed))


def together(quantities: Iterable[Quantities]) -> Quantities:
    """What several texts give together."""
    stated: set[str] = set()
    also: set[str] = set()
    named: set[str] = set()
    units: dict[str, frozenset[str]] = {}
    for one in quantities:
        stated |= one.said
        also |= one.also
        named |= one.named
        for number, counted in one.units.items():
            units[number] = units.get(number, frozenset()) | counted
    return Quantities(frozenset(stated), frozenset(also), units, frozenset(named))


@lru_cache(maxsize=2048)
def figures(text: str, language: str) -> Quantities:
    """The figures of a text: `26,067`, `26.067` and `26 067` are one, `43,5` is `43.5`, a date is its ISO form."""
    written = _written(language)
    text = in_english_figures(text, language)
    stated = {f"class {numeral.lower()}{letter}" for numeral, letter in _ROMAN.findall(text)}
    also: set[str] = set()
    plain = unicodedata.normalize("NFKC", text).lower()  # accents stay: "marc" is no "març"
    stated |= {f"class {name}" for name in _CLASS.findall(plain)}
    plain = _without_classes(plain, stated, also)
    plain = _without_dates(plain, written, stated, also)
    plain = _PERCENT.sub("%", plain)
    plain = _SEPARATED.sub(lambda match: match[1] + re.sub(r"\D", "", match[2]), plain)
    plain = _DECIMAL.sub(".", plain)
    plain = written.number_words.sub(lambda match: written.numbers[match[0]], plain)
    plain = written.one.sub("1", plain)
    if written.both.search(plain):
        also.add("2")
    plain = _multiplied(plain, written, also)
    units = _counted(plain, written)
    stated |= {_normal(number) for number in _NUMBER.findall(plain)}
    named = {written.units[word] for word in _UNIT.findall(plain) if word in written.units}
    return Quantities(frozenset(stated), frozenset(also), units, frozenset(named))


def months(language: str) -> Mapping[str, int]:
    """The names of the months in small letters, with their abbreviations, and their numbers."""
    return _written(language).months


@dataclass(frozen=True)
class _QuantityTables:
    """How a language writes figures."""

    dated: tuple[re.Pattern[str], ...]
    month_alone: re.Pattern[str]
    unclear: frozenset[str]
    months: Mapping[str, int]
    numbers: Mapping[str, str]
    number_words: re.Pattern[str]
    one: re.Pattern[str]
    both: re.Pattern[str]
    scales: Mapping[str, int]
    scaled: re.Pattern[str]
    units: Mapping[str, str]


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "quantities.toml").read_text("utf-8"))


@cache
def _written(language: str) -> _QuantityTables:
    """The tables of a language, of English for one that has none."""
    tables = _tables()
    table = tables.get(language, tables["en"])
    months = {name: number for number, names in enumerate(table["months"], 1) for name in names.split()}
    counted = enumerate(table["numbers"].split(), 2)
    numbers = {word: str(number) for number, words in counted for word in words.split("/") if word != "-"}
    words = _any_of(numbers)
    scales = {
        word.replace("_", " "): 10 ** int(power) for power, row in table["scales"].items() for word in row.split()
    }
    times = " ".join(table["units"].values()).split()
    month = rf"(?P<month>{_any_of(months)})\b\.?"
    day = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|[.º°])?"
    first = rf"(?:(?P<first>\d{{1,2}})(?:st|nd|rd|th|er|[.º°])?{_TO})?"
    return _QuantityTables(
        dated=(
            re.compile(rf"\b{first}{day}{_OF}{month}(?:,?{_OF}(?P<year>{_YEAR}))?(?!\d)"),
            re.compile(rf"\b{month}\s+{first}{day}\b(?!\d)(?:,?\s+(?P<year>{_YEAR})\b)?"),
            re.compile(rf"\b{month},?{_OF}(?P<year>{_YEAR})\b"),
        ),
        month_alone=re.compile(rf"\b(?:{_any_of(months)})\b"),
        unclear=frozenset(table["unclear"].split()),
        months=months,
        numbers=numbers,
        number_words=re.compile(rf"(?<![\w-])(?:{words})(?!\w|-(?:{words})\b)"),
        one=re.compile(rf"(?<![\w-]){table.get('one') or '(?!)'}(?=[ -](?:{_any_of(times)})\b)"),
        both=re.compile(rf"(?<![\w-]){table.get('both') or '(?!)'}(?![\w-])"),
        scales=scales,
        scaled=re.compile(
            rf"(\d+(?:\.\d+)?)((?:\s*[-/]\s*|\s+\w{{1,3}}\s+)\d+(?:\.\d+)?)?[\s-]*({_any_of(scales)})(?!\w)"
        ),
        units={word: unit for unit, row in (table["units"] | tables["everywhere"]).items() for word in row.split()},
    )


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _without_classes(plain: str, stated: set[str], also: set[str]) -> str:
    """The text without its classes in figures (`class 3 or 4`), which are those in Roman numerals."""

    def keep(match: re.Match[str]) -> str:
        numbers = re.findall(r"\d", match[1])
        stated.update(f"class {_ROMANS[int(number) - 1]}" for number in numbers)
        also.update(numbers)
        return " "

    return _NUMBERED_CLASSES.sub(keep, plain)


def _without_dates(plain: str, written: _QuantityTables, stated: set[str], also: set[str]) -> str:
    """The text without its dates, which go into `stated` and, less exact, into `also`."""

    def keep(year: str | None, month: int, *days: str | None) -> str:
        known = [int(day) for day in days if day]
        for day in known:
            stated.add(f"{year or '-'}-{month:02}-{day:02}")
            also.update({f"--{month:02}-{day:02}", str(day)})
        if not known:
            stated.add(f"{year or '-'}-{month:02}")
        also.add(f"--{month:02}")
        if year:
            also.update({f"{year}-{month:02}", year})
        return " "

    def keep_match(match: re.Match[str]) -> str:
        found = match.groupdict()
        return keep(found.get("year"), written.months[found["month"]], found.get("day"), found.get("first"))

    def keep_years(match: re.Match[str]) -> str:
        century, short = match[1][:2], match[2]
        following = f"{century}{short}"
        return f" {match[1]} {following} " if int(following) - int(match[1]) in range(1, 10) else match[0]

    plain = _YEARS.sub(keep_years, plain)
    plain = _ISO.sub(lambda match: keep(match[1], int(match[2]), match[3]), plain)
    plain = _NUMERIC_DATE.sub(
        lambda match: keep(match[3], int(match[2]), match[1]) if 0 < int(match[2]) <= 12 else match[0], plain
    )
    for form in written.dated:
        plain = form.sub(keep_match, plain)

    def keep_alone(match: re.Match[str]) -> str:
        if match[0] not in written.unclear:
            return keep(None, written.months[match[0]])
        also.add(f"--{written.months[match[0]]:02}")
        return match[0]

    return written.month_alone.sub(keep_alone, plain)


def _multiplied(plain: str, written: _QuantityTables, also: set[str]) -> str:
    """The text with its millions multiplied out; `3 to 5 million` may mean 3 million, too."""

    def multiply(match: re.Match[str]) -> str:
        scale = Decimal(written.scales[match[3]])
        range_from, last = match[1], match[2]
        also.update({_normal(match[1]), _normal(str(Decimal(match[1]) * scale))})
        if last is None:
            return f"{_normal(str(Decimal(range_from) * scale))} "
        number = _NUMBER.search(last)
        assert number is not None  # noqa: S101 - the pattern has one there
        also.add(_normal(number[0]))
        return f"{range_from}{last[: number.start()]}{_normal(str(Decimal(number[0]) * scale))} "

    return written.scaled.sub(multiply, plain)


def _counted(plain: str, written: _QuantityTables) -> dict[str, frozenset[str]]:
    """The units of each number: the word after it, or the next but one, or a currency before it.

    The first figure of a range counts what the last one does.
    """
    found: dict[str, frozenset[str]] = {}
    following: tuple[int, frozenset[str]] = (-1, frozenset())
    for match in reversed(list(_NUMBER.finditer(plain))):
        units: set[str] = set()
        after = _AFTER.match(plain, match.end())
        if after:
            units |= {written.units[word] for word in after.groups() if word in written.units}
        before = _BEFORE.search(plain, max(0, match.start() - 5), match.start())
        if before and before[1] in written.units:
            units.add(written.units[before[1]])
        if not units and re.fullmatch(_TO, plain[match.end() : following[0]] if following[0] >= 0 else ""):
            units |= following[1]
        following = (match.start(), frozenset(units))
        if units:
            number = _normal(match[0])
            found[number] = found.get(number, frozenset()) | frozenset(units)
    return found


def _normal(number: str) -> str:
    """A number in one form: without zeros that say nothing."""
    value = Decimal(number)
    return f"{value.normalize():f}" if value != value.to_integral() else f"{value:.0f}"
