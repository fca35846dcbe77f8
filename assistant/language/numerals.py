"""Chinese, Japanese and Korean texts with their figures as English writes them, and foreign words set apart."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from corpus.mentions import WITHOUT_SPACES

EAST_ASIAN = ("zh", "ja", "ko")
_DIGIT = re.compile(r"\d")  # of any script
_MONTHS = "January February March April May June July August September October November December".split()
_DIGITS = {char: value for value, chars in enumerate("〇零 一 二两兩 三 四 五 六 七 八 九".split()) for char in chars}
_POWERS = {"十": 10, "百": 100}
_IN_CHARACTERS = rf"[{''.join(_DIGITS)}{''.join(_POWERS)}]+"
_FIGURE = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_YEAR = r"((?:19|20|21)\d\d|[一二][〇零一二三四五六七八九]{3})\s?[年년](?:度|도)?"
_DAY = rf"(\d{{1,2}}|{_IN_CHARACTERS})\s?[日号號일]"
_DATE = re.compile(
    rf"(?:{_YEAR}\s?)?(?<![\d.])(?<!\d,)(\d{{1,2}}|{_IN_CHARACTERS})\s?[月월]"
    rf"(?:\s?{_DAY}(?:\s?(?:[-~〜–至到和与・、]|から|と|부터|에서|와)\s?{_DAY})?)?"
)
_YEAR_ALONE = re.compile(_YEAR)
_YEARS = re.compile(r"((?:19|20)\d\d)\s?[-~〜–至到]\s?(\d\d)\s?[年년]")
_THIRD = re.compile(r"[第제]\s?3\s?(?=[国國者국자])")  # a third country or party
_HUNDREDTHS = re.compile(rf"百分之\s?({_FIGURE}|{_IN_CHARACTERS})")
_TENTHS = re.compile(r"(\d)割")
_SCRIPT = WITHOUT_SPACES.pattern
_BORDER = re.compile(rf"(?<={_SCRIPT})(?=[A-Za-zÀ-ÿ0-9$€£])|(?<=[A-Za-zÀ-ÿ0-9%])(?={_SCRIPT})")


@dataclass(frozen=True)
class _NumeralTables:
    """How a language writes figures."""

    scales: Mapping[str, int]
    scaled: re.Pattern[str]
    shared_scale: re.Pattern[str]
    units: Mapping[str, str]
    counted: re.Pattern[str]
    numbers: Mapping[str, int]
    number_words: re.Pattern[str]
    one: re.Pattern[str]
    to: re.Pattern[str]
    classes: tuple[re.Pattern[str], ...]
    yearly: tuple[re.Pattern[str], ...]


def spaced(text: str) -> str:
    """The text with a space wherever letters or figures touch a script that does not part its words."""
    return _BORDER.sub(" ", text)


def in_english_figures(text: str, language: str) -> str:
    """The text with its figures as English writes them: `30万美元` as `300000 USD`, `第三类` as `class III`.

    A text in another language than Chinese, Japanese and Korean stays as it is.
    """
    if language not in EAST_ASIAN:
        return text
    written = _written(language)
    plain = _DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), unicodedata.normalize("NFKC", text))
    for form in written.yearly:
        plain = form.sub(" ", plain)
    for form in written.classes:
        plain = form.sub(_class, plain)
    plain = _HUNDREDTHS.sub(lambda match: f" {_number(match[1])}% ", plain)
    plain = _TENTHS.sub(r" \g<1>0% ", plain)
    plain = _THIRD.sub("", plain)
    plain = _DATE.sub(_date, plain)
    plain = _YEARS.sub(r" \1-\2 ", plain)
    plain = _YEAR_ALONE.sub(lambda match: f" {_number(match[1])} ", plain)
    plain = written.number_words.sub(lambda match: f"{written.numbers.get(match[0]) or _number(match[0])}", plain)
    plain = written.to.sub("-", plain)
    plain = written.shared_scale.sub(r"\1\3-\2\3", plain)
    plain = written.scaled.sub(lambda match: f" {_multiplied(match, written)}", plain)
    plain = written.counted.sub(lambda match: f" {written.units[match[1]]} ", plain)
    return spaced(written.one.sub(" ", plain))


def _class(match: re.Match[str]) -> str:
    name = next(group for group in match.groups() if group)
    return f" class {_DIGITS.get(name, name)} "


def _date(match: re.Match[str]) -> str:
    year, month, first, last = (_number(group) if group else None for group in match.groups())
    if month is None or not 0 < month <= len(_MONTHS):
        return match[0]
    days = "-".join(str(day) for day in (first, last) if day)
    return f" {days} {_MONTHS[int(month) - 1]} {year or ''} "


def _number(written: str) -> Decimal:
    """A number in figures, or in Chinese characters up to 999."""
    if written[0].isascii():
        return Decimal(written.replace(",", ""))
    if not any(char in _POWERS for char in written):
        return Decimal("".join(str(_DIGITS[char]) for char in written))
    total = last = 0
    for char in written:
        if char in _POWERS:
            total, last = total + (last or 1) * _POWERS[char], 0
        else:
            last = _DIGITS[char]
    return Decimal(total + last)


def _multiplied(match: re.Match[str], written: _NumeralTables) -> str:
    """`1億2,000万` or `3万5000` as one number."""
    parts = re.findall(rf"({_FIGURE})\s?({_any_of(written.scales)})", match[0])
    total = sum((_number(figure) * 10 ** written.scales[scale] for figure, scale in parts), Decimal(0))
    return f"{total + _number(match[1] or '0'):f}"


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "numerals.toml").read_text("utf-8"))


@cache
def _written(language: str) -> _NumeralTables:
    table = _tables()[language]
    scales = {scale: int(power) for power, row in table["scales"].items() for scale in row.split()}
    units = {form.replace("_", " "): unit for unit, row in table["units"].items() for form in row.split()}
    numbers = {word: number for number, words in enumerate(table["numbers"].split(), 2) for word in words.split("/")}
    unit = "|".join(sorted(units, key=lambda form: len(_named(form)), reverse=True))
    scale = _any_of(scales)
    what = "|".join([scale, unit, _any_of(table["counters"].split()) or "(?!)"])
    digits = "".join(_DIGITS)
    article = rf"一(?!{scale}|[十百{digits}])|[〇零]"  # 一个 is "a"; 零 begins no number
    in_characters = rf"(?<![第数數几幾何每各前{digits}])(?!{article}){_IN_CHARACTERS}(?=\s?(?:{what}))"
    alone = rf"(?<!\w)(?:{_any_of(numbers) or '(?!)'})(?=\s(?!번째))"
    return _NumeralTables(
        scales=scales,
        scaled=re.compile(rf"(?<![\d.제第])(?<!\d,)(?:{_FIGURE}\s?(?:{scale})\s?)+(?<!\s)({_FIGURE})?"),
        shared_scale=re.compile(rf"({_FIGURE})-({_FIGURE})\s?({scale})"),
        units={_named(form): name for form, name in units.items()},
        counted=re.compile(rf"(?<=\d)\s?(?:多|余|余り|여)?\s?({unit})"),
        numbers=numbers,
        number_words=re.compile(f"{in_characters}|{alone}"),
        one=re.compile(rf"(?<![\d.第제])(?<!\d,)1\s?(?:{_any_of(table['one'].split())})"),
        to=re.compile(rf"(?<=\d)\s?(?:{_any_of(table['to'].split())})\s?(?=\d)"),
        classes=tuple(map(re.compile, table["classes"])),
        yearly=tuple(map(re.compile, table["yearly"])),
    )


def _named(form: str) -> str:
    """What a unit's pattern matches: it without what must not follow."""
    return form.partition("(")[0]


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
