"""What is taken out of a text before it is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.journal.masking import mask
from corpus.release.release import LIBRARY

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

WORDS = st.lists(
    st.sampled_from("Wir suchen einen partner in Japan , für das dispositivo de clase II ( 510(k) ) ; what ?".split()),
    max_size=8,
).map(" ".join)
LOCAL = st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,12}", fullmatch=True)
DOMAIN = st.from_regex(r"[a-z0-9][a-z0-9-]{0,10}(\.[a-z0-9]{2,8}){1,2}", fullmatch=True)
MOBILE = st.one_of(
    st.from_regex(r"\+34 6[0-9]{2} [0-9]{3} [0-9]{3}", fullmatch=True),
    st.from_regex(r"\+33 6 [0-9]{2} [0-9]{2} [0-9]{2} [0-9]{2}", fullmatch=True),
    st.from_regex(r"\+39 34[0-9] [0-9]{7}", fullmatch=True),
    st.from_regex(r"\+49 171 [0-9]{7}", fullmatch=True),
)


@given(before=WORDS, local=LOCAL, domain=DOMAIN, after=WORDS)
def test_no_e_mail_address_is_left(before: str, local: str, domain: str, after: str) -> None:
    assert f"{local}@{domain}" not in mask(f"{before} {local}@{domain} {after}")


@given(before=WORDS, number=MOBILE, after=WORDS)
def test_no_mobile_number_is_left(before: str, number: str, after: str) -> None:
    assert number not in mask(f"{before} {number} {after}")


@given(st.text(max_size=200))
def test_any_text_can_be_masked_and_masking_again_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("I am Anna Schmidt from Munich. Do we need a licence?", "I am [name] from Munich. Do we need a licence?"),
        ("Fragen Sie Herrn Prof. Dr. Xaver Huber, bitte.", "Fragen Sie Herrn Prof. Dr. [name], bitte."),
        ("Ich heiße xaver und verkaufe Implantate.", "Ich heiße [name] und verkaufe Implantate."),
        ("Me llamo María del Carmen García y vendo.", "Me llamo [name] y vendo."),
        ("Je m'appelle Jean-Luc Moreau, de Lyon.", "Je m'appelle [name], de Lyon."),
        ("Mi chiamo Chiara Ferrari. Chi può aiutarci?", "Mi chiamo [name]. Chi può aiutarci?"),
        ("Em dic Jordi Puig i vinc de Girona.", "Em dic [name] i vinc de Girona."),
        ("Ask Sig.ra Rossi on 06 12 34 56 78.", "Ask Sig.ra [name] on [phone]."),
        ("See https://acme.example/plan?id=7 please", "See [link] please"),
        ("Our account is 1234567890.", "Our account is [number]."),
    ],
)
def test_names_numbers_and_addresses_are_told_by_what_stands_around_them(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_questions_without_anything_personal_stay_as_they_are() -> None:
    asked = [
        json.loads(line)
        for name in ("questions.jsonl", "sufficiency.jsonl")
        for line in (BENCHMARKS / name).read_text("utf-8").splitlines()
    ]
    texts = [text for one in asked for text in one.get("turns", [one.get("text", "")])]
    assert len(texts) > 1000
    assert [text for text in texts if mask(text) != text] == []


def test_laws_figures_and_dates_stay() -> None:
    lines = (line for path in LIBRARY.rglob("*.md") for line in path.read_text("utf-8").splitlines())
    facts = [line for line in lines if line.startswith("|") and "http" not in line]
    changed = [line for line in facts if mask(line) != line]
    assert len(facts) > 100
    assert len(changed) < len(facts) / 100
