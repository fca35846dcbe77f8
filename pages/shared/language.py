"""Which of our languages a browser asks for."""

from __future__ import annotations

from corpus.vocabulary import LANGUAGES


def preferred(accept_language: str) -> str:
    """The first of our languages by the weights of an Accept-Language header, English where it names none."""
    ranges = [_weighed(part) for part in accept_language.split(",")]
    wanted = [language for weight, language in sorted(ranges, key=lambda one: -one[0]) if weight > 0]
    return next((language for language in wanted if language in LANGUAGES), "en")


def _weighed(part: str) -> tuple[float, str]:
    """The weight and the language of one range, such as `de-AT;q=0.8`; no weight is 1, and a broken one 0."""
    name, _, weight = part.partition(";")
    language = name.strip().lower().split("-")[0]
    try:
        return float(weight.strip().removeprefix("q=") or 1), language
    except ValueError:
        return 0.0, language
