"""Which language a text names, whatever language it is in: `auf Deutsch`, `en català`, `in Spanish`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from corpus.mentions import mentioned
from corpus.units import ASKED_IN
from corpus.vocabulary import Term

_ALSO = {"es": ("Castilian", "castellà", "castellano", "castillan", "castigliano")}


def language_named(text: str) -> str:
    """The code of the one language of those asked in that a text names; empty where it names none or several."""
    named = mentioned(text, _languages())
    return next(iter(named)) if len(named) == 1 else ""


@cache
def _languages() -> Mapping[str, Term]:
    from babel import Locale  # only who asks for a language waits for it

    locales = [Locale(language) for language in ASKED_IN]
    return {
        code: Term(code, {str(locale): locale.languages[code] for locale in locales}, _ALSO.get(code, ()))
        for code in ASKED_IN
    }
