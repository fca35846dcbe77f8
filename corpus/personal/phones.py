"""Telephone numbers of people; the hotlines of offices, which cost nothing to call, are left."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.personal.numbers import DAY, of_a_product
from corpus.personal.spans import Span, apart

# Where numbers are written without their country's code. Of homes near us any valid number counts; of those farther off
# only one that is written in groups as it is there, since there any ten figures are a number.
_NEAR = ("ES", "DE", "FR", "IT")
_FAR = ("PT", "GB", "CN", "JP", "KR", "US")
_ABROAD = re.compile(r"\+(?:\d[ ()./-]{0,2}){7,14}\d")  # a number, even if none of a country
_NO_PHONE = re.compile(rf"{DAY.pattern}|\d{{4}}(?:\.\d\d){{2,3}}|\d{{8}}-\d")  # a day, codes of goods
_SHORTEST = 7  # digits


def phones(text: str) -> Iterator[Span]:
    """The telephone numbers, with or without the code of a country."""
    from phonenumbers import Leniency, NumberParseException, PhoneNumberMatcher, PhoneNumberType, number_type, parse

    free = (PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN)

    def is_free(number: str) -> bool:
        try:
            return number_type(parse(number)) in free
        except NumberParseException:  # of no country, and so of no type
            return False

    homes = [*((home, Leniency.VALID) for home in _NEAR), *((home, Leniency.STRICT_GROUPING) for home in _FAR)]
    found = [match for home, leniency in homes for match in PhoneNumberMatcher(text, home, leniency=leniency)]
    hotlines = {match.start for match in found if number_type(match.number) in free}
    at_home = (
        (match.start, match.end)
        for match in found
        if sum(map(str.isdigit, match.raw_string)) >= _SHORTEST
        and match.start not in hotlines
        and not _NO_PHONE.fullmatch(match.raw_string)
    )
    abroad = (match.span() for match in _ABROAD.finditer(text) if not is_free(match.group()))
    return (span for span in apart([*abroad, *at_home]) if not of_a_product(text, span[0]))
