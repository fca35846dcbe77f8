"""The style sheet, held to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from corpus.release.checks import check
from corpus.release.coverage import library_tables, with_coverage
from corpus.release.release import LIBRARY, Shipped
from corpus.vocabulary import vocabulary
from tests.conftest import TODAY, write_document

UNIT = """
```units
- section: What the rules ask
  products: [devices]
  aspects: [time]
  answer:
    en: In Japan it takes 12 months.
    ca: Al Japó triga 12 mesos.
    es: En Japón tarda 12 meses.
    fr: Au Japon, cela prend 12 mois.
    it: In Giappone servono 12 mesi.
    de: In Japan dauert es 12 Monate.
  question: {en: a, ca: a, es: a, fr: a, it: a, de: a, pt: a, ja: a, zh: a, ko: a}
  hash: e13f0e7ecca8
  points:
    en: ['Small firms wait 12, too.']
    ca: [Les petites empreses també n'esperen 12.]
    es: [Las pequeñas también esperan 12.]
    fr: [Les petites en attendent aussi 12.]
    it: [Anche le piccole ne aspettano 12.]
    de: [Kleine warten ebenfalls 12.]
```
"""


def write_sound(folder: Path, document_id: str, title: str, body: str) -> Path:
    """A document to which nothing is missing."""
    path = write_document(folder, document_id, title, body)
    path.write_text(path.read_text("utf-8") + UNIT, "utf-8")
    return path


def findings(folder: Path) -> list[str]:
    return [finding.text for finding in check(folder, vocabulary(), TODAY)]


@pytest.mark.library
def test_the_shipped_library_has_nothing_to_mend() -> None:
    assert [str(finding) for finding in check(LIBRARY, vocabulary(), date.today())] == []


def test_the_coverage_tables_in_the_readme_are_the_library_s_own(read_once: list[Shipped]) -> None:
    readme = (LIBRARY / "README.md").read_text("utf-8")
    table = library_tables(read_once, vocabulary())
    assert with_coverage(readme, table) == readme, "run `python -m corpus.release.coverage`"


def test_a_sound_document_has_nothing_to_mend(tmp_path: Path) -> None:
    write_sound(tmp_path, "japan/devices", "Devices", "It takes 12 months.")
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("markets: [japan]", "markets: [atlantis]", "there is no market 'atlantis'"),
        ("kind: guidance-summary", "kind: rumour", "there is no kind 'rumour'"),
        ("topics: [devices]", "topics: []", "name at least one topic"),
        ("facts_as_of: 2026-05", "facts_as_of: May 2026", "facts_as_of is 'May 2026'"),
        ("published_on: 2026-11-20", "published_on: 2026-12-24", "published_on lies in the future"),
        ("review_by: 2027-05-11", "review_by: 2027-05-15", "is a weekend"),
        ("review_by: 2027-05-11", "review_by: 2026-01-12", "review_by is not after published_on"),
        ("kind: guidance-summary", "kind: event", "an event needs expires_on"),
        (
            'de: "Devices in 3 Schritten."',
            'de: "Devices in 4 Schritten."',
            "'de' has other figures than the English: 3, 4",
        ),
        ('  fr: "Devices en 3 étapes."\n', "", "the summary is missing in fr"),
        ('en: "Devices in 3 steps."', 'en: "Devices in 3 new steps."', "then set en_hash to"),
        ("months. [law]", "months. [gossip]", "[gossip] is cited and not among the sources"),
        ("months. [law]", "months.", "a paragraph with a figure has no source"),
        ("https://example.org/law", "example.org", "no well-formed web address"),
        ("date: 2025-03,", "date: March 2025,", "dated 'March 2025'"),
        ("It takes 12 months.", "The act will apply from 1 March 2024.", "a past day seems told as coming"),
        ("## What the rules ask\n", "", "there is text before the first heading"),
        ("title: Devices\n", "", "the front matter lacks the field 'title'"),
        ("access: public", "access: everybody", "a field has the wrong form"),
        ("kind: law}", "kind: gossip}", "the source 'law' has the kind 'gossip'"),
        ("section: What", "section: Why", "the section 'What the rules ask' has no unit"),
        ("section: What", "section: Why", "the unit 'Why the rules ask' has no section of that name"),
        ("products: [devices]", "products: [spoons]", "there is no product 'spoons'"),
        ("aspects: [time]", "aspects: [mood]", "there is no aspect 'mood'"),
        ("aspects: [time]", "aspects: []", "name at least one aspect"),
        ("takes 12 months.\n    ca", "takes 13 months.\n    ca", "the answer has figures that its section has not: 13"),
        ("takes 12 months.\n    ca", "needs 12 months.\n    ca", "then set hash to"),
        ("dauert es 12 Monate", "dauert es 11 Monate", "the answer in 'de' has other figures: 11, 12"),
        ("    it: In Giappone servono 12 mesi.\n", "", "the answer is missing in it"),
        (
            "firms wait 12,",
            "firms wait 8,",
            "the point 'Small firms wait 8, too.' has figures that its section has not: 8",
        ),
        ("firms wait 12", f"firms {'really ' * 24}wait 12", "has 29 words; 28 are the most"),
        ("firms wait 12", "firms get 12", "then set hash to"),
        ("ebenfalls 12", "ebenfalls 7", "has other figures than the English: 12, 7"),
        ("    de: [Kleine warten ebenfalls 12.]\n", "", "there are 0 points in 'de' and 1 in English"),
        (
            "hash: e13f0e7ecca8",
            "hash: e13f0e7ecca8\n  proposed: {answer.en: 803e968471b0, answer.de: 000000000000}",
            "take it out of proposed: answer.en",
        ),
        (", ja: a", "", "the question is missing in ja"),
        ("    en: In Japan", f"    en: In {'very ' * 41}Japan", "the answer has 47 words; 45 are the most"),
        ("- section: What", "section: What", "the block of units"),
        ("---\ntitle", "title", "the front matter between two lines of '---' is missing"),
    ],
)
def test_what_breaks_the_style_sheet_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    path = write_sound(tmp_path, "japan/devices", "Devices", "It takes 12 months.")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    assert any(expected in finding for finding in findings(tmp_path)), findings(tmp_path)


def test_two_documents_that_say_the_same_are_named(tmp_path: Path) -> None:
    body = "A foreign maker works through a licensed holder in the country and files there before it sells anything."
    write_document(tmp_path, "japan/one", "One", body)
    write_document(tmp_path, "japan/two", "Two", body)
    assert any("stands in japan/one too" in finding for finding in findings(tmp_path))
