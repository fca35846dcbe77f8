"""The vocabulary's data files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from corpus.errors import UnknownCode
from corpus.mentions import mentioned
from corpus.vocabulary import FOLDER, LANGUAGES, read_vocabulary, vocabulary


def test_every_term_has_a_name_in_every_language() -> None:
    words = vocabulary()
    nameless = [
        (code, language)
        for table in (words.markets, words.elsewhere, words.areas, words.topics, words.kinds, words.fields)
        for code, term in table.items()
        for language in LANGUAGES
        if not term.names.get(language)
    ]
    assert nameless == []


def test_every_cluster_tells_region_and_help_in_every_language() -> None:
    for cluster in vocabulary().clusters.values():
        assert set(cluster.region) == set(cluster.helps_with) == set(LANGUAGES)


def test_adding_a_market_is_adding_one_file(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "vocabulary")
    names = "\n".join(f'{language} = "Atlantis"' for language in LANGUAGES)
    (tmp_path / "vocabulary/markets/atlantis.toml").write_text(names + '\naliases = ["Atlantean"]\n', "utf-8")
    words = read_vocabulary(tmp_path / "vocabulary")
    assert words.market("atlantis").name("it") == "Atlantis"
    assert mentioned("How do Atlantean rules treat apps?", words.markets) == {"atlantis"}


def test_an_unknown_code_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(UnknownCode, match="There is no market 'mars'; choose from australia, brazil"):
        vocabulary().market("mars")


def test_no_country_is_a_market_and_also_one_that_the_library_is_not_about() -> None:
    names = {name for term in vocabulary().markets.values() for name in (term.code, *term.names.values())}
    both = [code for code, term in vocabulary().elsewhere.items() if names & {code, *term.names.values()}]
    assert both == [], "take it out of elsewhere.toml"
