"""A chat model's completion is read before it is judged: whatever dress it wears."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.write.completion import Bearing, Cannot, Lack, Part, Sentence, read

TRUE = "A foreign maker must work through a licensed MAH or a DMAH in Japan."
NEXT = "The PMDA reviews the file of a class III device."
THOUGHT = "Okay, the user asks about Japan, and I should look at each passage."


def parts(text: str, language: str = "en") -> list[Part]:
    """What is read of a completion that comes in pieces of seven characters."""

    def pieces() -> Iterator[str]:
        yield from (text[at : at + 7] for at in range(0, len(text), 7))

    return list(read(pieces(), language))


def told(text: str, language: str = "en") -> list[tuple[str, tuple[str, ...]]]:
    """The sentences of a completion with their keys."""
    return [
        (part.text, tuple(one.key for one in part.bearing))
        for part in parts(text, language)
        if isinstance(part, Sentence)
    ]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (f"{TRUE} [P1]", ("P1",)),
        (f"{TRUE} 【P1】", ("P1",)),
        (f"{TRUE} ［P1］", ("P1",)),
        (f"{TRUE} (P1)", ("P1",)),
        (f"{TRUE} [p1]", ("P1",)),
        (f"{TRUE} [^P1]", ("P1",)),
        (f"{TRUE} \\[P1\\]", ("P1",)),
        (f"{TRUE} `[P1]`", ("P1",)),
        (f"{TRUE} [Passage P1]", ("P1",)),
        (f"{TRUE} P1", ("P1",)),
        (f"{TRUE}\n[P1]", ("P1",)),
        (f"{TRUE[:-1]} [P1].", ("P1",)),
        (f"{TRUE} [P1][P2]", ("P1", "P2")),
        (f"{TRUE} [P1], [P2]", ("P1", "P2")),
        (f"{TRUE} [P1; P2]", ("P1", "P2")),
        (f"{TRUE} [P1 and P2]", ("P1", "P2")),
        (f"{TRUE} [P1-P3]", ("P1", "P2", "P3")),
        (f"**{TRUE}** [P1]", ("P1",)),
        (f"- {TRUE} [P1]", ("P1",)),
        (f"1. {TRUE} [P1]", ("P1",)),
        (f"## Answer\n{TRUE} [P1]", ("P1",)),
        (f"Answer: {TRUE} [P1]", ("P1",)),
        (f"According to passage [P1], {TRUE[0].lower()}{TRUE[1:]}", ("P1",)),
        (f"```\n{TRUE} [P1]\n```", ("P1",)),
        (f"Sure! Here is the answer:\n\n{TRUE} [P1]", ("P1",)),
        (f"\ufeff{TRUE} [P1]", ("P1",)),
        (TRUE.replace("licensed MAH", "licensed\u202fMAH") + " [P1]", ("P1",)),
        (f"{TRUE} [P1]\n\nSources: [P1], [P2]", ("P1",)),
    ],
)
def test_a_sentence_is_read_in_every_dress(text: str, keys: tuple[str, ...]) -> None:
    assert told(text) == [(TRUE, keys)]


@pytest.mark.parametrize(
    "thought",
    [
        f"<think>\n{THOUGHT}\n{NEXT} [P2]\n</think>\n\n",
        f"<think>{THOUGHT}</think>",
        f"{THOUGHT}\n{NEXT} [P2]\n</think>\n\n",
        f"<think>\n{THOUGHT * 200}\n</think>\n",
        "<think>\nI must write\nCANNOT_ANSWER\nor not.\n</think>\n",
        f"[THINK]{THOUGHT}[/THINK]\n",
        f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|channel|>final<|message|>",
    ],
)
def test_thoughts_are_no_part_of_an_answer_however_long_and_wherever_they_begin(thought: str) -> None:
    assert parts(f"{thought}{TRUE} [P1]\n") == [Sentence(TRUE, (Bearing("P1"),))]


def test_thoughts_without_an_end_leave_nothing() -> None:
    assert parts(f"<think>\n{THOUGHT}\n{TRUE} [P1]\n") == []


def test_a_line_of_several_sentences_becomes_several_that_carry_or_inherit_keys() -> None:
    assert told(f"{TRUE[:-1]} [P1]. {NEXT} [P2]") == [(TRUE, ("P1",)), (NEXT, ("P2",))]
    assert told(f"{TRUE} {NEXT} [P2]") == [(TRUE, ("P2",)), (NEXT, ("P2",))]
    assert told(f"{TRUE} [P1] {NEXT}") == [(TRUE, ("P1",)), (NEXT, ("P1",))]


def test_a_sentence_that_leans_on_the_one_before_stays_with_it() -> None:
    assert told(f"{TRUE} [P1] It is a company there.") == [(f"{TRUE} It is a company there.", ("P1",))]


def test_items_of_a_list_inherit_the_keys_of_the_line_that_leads_to_them() -> None:
    written = told("Two facts are known [P3]:\n- the fee is EUR 5\n- the term is 3 years")
    assert written == [("the fee is EUR 5.", ("P3",)), ("the term is 3 years.", ("P3",))]


def test_a_row_of_a_table_becomes_a_sentence_under_its_columns() -> None:
    table = "| Item | Cost | Source |\n|---|---|---|\n| FDA fee for a 510(k) | USD 26,067 | [P2] |"
    assert told(table) == [("FDA fee for a 510(k); Cost: USD 26,067.", ("P2",))]


def test_a_date_that_opens_a_line_is_no_number_of_a_list() -> None:
    assert told("1. Juni 2024 ist der erste Tag der Regel. [P1]", "de")[0][0].startswith("1. Juni 2024")


@pytest.mark.parametrize("remnant", ["Sí. [P1]", "** ** [P1]", "Respuesta: Sí. [P1]", "Corée . [P1]"])
def test_a_remnant_is_no_sentence(remnant: str) -> None:
    assert told(remnant, "es") == []


@pytest.mark.parametrize(
    "text", ["CANNOT_ANSWER", "**CANNOT_ANSWER**", "`CANNOT_ANSWER`.", "CANNOT ANSWER", "> CANNOT_ANSWER\n"]
)
def test_that_it_cannot_answer_is_read_in_any_dress(text: str) -> None:
    assert parts(text) == [Cannot()]


def test_what_is_missing_is_read_from_its_line_and_from_sentences_on_the_passages() -> None:
    assert parts("MISSING: the cost of an agent") == [Lack("the cost of an agent")]
    assert parts("**MISSING:** the cost of an agent [P1]") == [Lack("the cost of an agent")]
    assert parts("Les passages ne disent rien des coûts. [P1]", "fr") == [Lack("Les passages ne disent rien des coûts")]
    assert parts("Los pasajes no dan los importes. [P1]", "es") == [Lack("Los pasajes no dan los importes")]


def test_copied_words_are_read_with_their_key() -> None:
    (sentence,) = parts(f'{TRUE} [P1: "must work through a licensed"; P2: "a maker (abroad) needs"]')
    assert isinstance(sentence, Sentence)
    assert sentence.bearing == (
        Bearing("P1", "must work through a licensed"),
        Bearing("P2", "a maker (abroad) needs"),
    )


def test_the_name_of_a_gene_is_no_key() -> None:
    assert told("The test finds the tumour protein (p53) in blood. [P4]") == [
        ("The test finds the tumour protein (p53) in blood.", ("P4",))
    ]
