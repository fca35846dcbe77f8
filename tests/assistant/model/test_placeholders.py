"""What stands for personal details before a provider, and how they come back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.model.placeholders import Placeholders

TOLD = "I am Anna Schmidt, anna@example.org; ask Jan de Vries, too."


def test_each_detail_has_a_placeholder_that_says_its_kind() -> None:
    hidden = Placeholders.of([TOLD]).hide(TOLD)
    assert hidden == "I am [name], [e-mail]; ask [name 2], too."


def test_a_detail_that_was_told_before_is_known_where_nothing_tells_what_it_is() -> None:
    placeholders = Placeholders.of(["my name is anna", "and what does anna pay in Savanna?"])
    assert placeholders.hide("and what does anna pay in Savanna?") == "and what does [name] pay in Savanna?"


def test_a_detail_that_nobody_told_before_is_hidden_all_the_same() -> None:
    assert Placeholders().hide("Write to anna@example.org now") == "Write to [e-mail] now"


@given(st.text(max_size=60), st.sampled_from(["Ich heiße Ute Huber.", "我叫王晓明,", "my password is x1y2z3", TOLD]))
def test_what_is_hidden_comes_back_as_it_was(around: str, told: str) -> None:
    text = f"{around.replace('[', '(')} {told}"
    placeholders = Placeholders.of([text])
    assert placeholders.show(placeholders.hide(text)) == text


def test_a_text_without_details_passes_as_it_is() -> None:
    text = "How long does a 510(k) take under 21 CFR 807?"
    placeholders = Placeholders.of([text])
    assert (placeholders.values, placeholders.hide(text), placeholders.show(text)) == ({}, text, text)
