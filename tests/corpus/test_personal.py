"""What counts as personal in a text, and what market entry is full of and is not.

The details are made up: numbers are those of standards, or have invented figures with the right check digits.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.personal.kinds import KINDS, replaced

HERE = Path(__file__).parent


def read(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (HERE / name).read_text("utf-8").splitlines()]


DETAILS = read("personal_details.jsonl")
MARKET_ENTRY = read("market_entry.jsonl")


def found(text: str) -> list[tuple[str, str]]:
    """The details in a text: of which kind, and their words."""
    details: list[tuple[str, str]] = []

    def remember(kind: str, words: str) -> str:
        details.append((kind, words))
        return f"[{kind}]"

    replaced(text, remember)
    return details


@pytest.mark.parametrize("detail", DETAILS, ids=lambda one: f"{one['language']} {one['kind']} {one['value']}")
def test_what_people_tell_of_themselves_is_found_as_what_it_is(detail: dict[str, str]) -> None:
    assert [kind for kind, words in found(detail["text"]) if detail["value"] in words] == [detail["kind"]]


@pytest.mark.parametrize("sentence", MARKET_ENTRY, ids=lambda one: one["text"][:60])
def test_nothing_of_market_entry_is_taken_for_personal(sentence: dict[str, str]) -> None:
    assert found(sentence["text"]) == []


def test_details_are_of_every_kind_that_is_no_address_of_the_web_and_in_all_languages() -> None:
    assert {one["kind"] for one in DETAILS} == KINDS.keys() - {"link", "number"}
    assert {one["language"] for one in DETAILS} >= set("en ca es fr it de pt zh ja ko".split())


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("IBAN DE89 3704 0044 0532 0130 01", []),
        ("4111 1111 1111 1112", []),
        ("DNI 12345678Z", ["id"]),
        ("12345678A", []),
        ("Codice RSSMRA80A01H501X", []),
    ],
)
def test_a_number_that_no_word_tells_of_needs_the_right_check_digits(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in found(text)] == kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("I suffer from Kawasaki disease.", ["health"]),
        ("Our device is for people who suffer from Kawasaki disease.", []),
        ("I have diabetes.", ["health"]),
        ("I have a diabetes app.", []),
        ("I have a device against diabetes.", []),
    ],
)
def test_an_illness_is_personal_where_somebody_tells_it_of_themselves(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in found(text)] == kinds


def test_the_hotline_of_an_office_stays_and_the_number_of_a_person_does_not() -> None:
    assert found("Health Canada answers on 1-866-225-0709.") == []
    assert found("I am on 0171 1234567.") == [("phone", "0171 1234567")]


def test_the_number_of_a_registration_stays_and_any_other_long_number_does_not() -> None:
    assert found("国械注准20193400123") == []
    assert found("SRN DE-MF-000005678") == []
    assert found("Our account is 1234567890.") == [("number", "1234567890")]


def test_check_digits_and_lists_of_names_are_read_only_when_they_are_needed() -> None:
    loaded = "import sys, corpus.personal.kinds; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert {"stdnum", "faker", "phonenumbers"}.isdisjoint(done.stdout.split())
