"""Splitting into passages."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Section, Version
from corpus.files.formats import markdown
from corpus.front_matter import parse
from corpus.passages import MOST_WORDS, SUMMARY, split, split_edited, words
from tests.conftest import DOCUMENT

METADATA, BODY = parse(DOCUMENT.format(title="T", market="japan", access="public", body="B.", summary_hash="0"), "t")
VERSION = Version("japan/t", 2, METADATA, BODY, "0")


def body_passages(text: str) -> list[str]:
    return [passage.text for passage in split(VERSION, [Section("S", text)]) if passage.section != SUMMARY]


def test_each_summary_is_a_passage_of_its_own_language() -> None:
    summaries = [passage for passage in split(VERSION, []) if passage.section == SUMMARY]
    assert [passage.language for passage in summaries] == ["en", "ca", "es", "fr", "it", "de"]


def test_ids_tell_document_version_and_place() -> None:
    assert split(VERSION, [])[0].id == "japan/t@2#0"


def test_source_keys_leave_the_text_and_are_remembered_where_they_stood() -> None:
    passage = split(VERSION, [Section("S", "It takes 12 months [law]. Unknown [sic] stays.")])[-1]
    assert passage.text == "It takes 12 months. Unknown [sic] stays."
    assert passage.source_keys(0, 19) == ("law",)


def test_a_short_section_is_one_passage() -> None:
    assert body_passages("One.\n- two\n- three") == ["One.\n- two\n- three"]


def test_sentences_are_never_cut_while_they_fit() -> None:
    sentence = "This sentence has exactly seven short words."
    passages = body_passages(" ".join([sentence] * 100))
    assert len(passages) > 1
    assert all(re.fullmatch(rf"(?:{re.escape(sentence)} ?)+", text) for text in passages)


def test_text_without_spaces_is_cut_to_size() -> None:
    assert all(words(text) <= MOST_WORDS for text in body_passages("承" * 2000))


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" \n.?"), max_size=3000))
def test_splitting_loses_nothing_but_white_space(text: str) -> None:
    whole = "".join(text.split())
    kept = "".join("".join(passage.split()) for passage in body_passages(text.replace("[", "(")))
    assert kept == whole.replace("[", "(")


def test_lines_keep_their_pages_when_others_are_edited() -> None:
    sections = [
        Section("Fees", "The fee is EUR 5,429 a year.\nIt is paid in May.", 2),
        Section("Fees", "Small firms pay a half.", 3),
        Section("Time", "The review takes twelve months.", 4),
    ]
    version = Version("x", 1, replace(METADATA, summary={}), markdown.written(tuple(sections)), "")
    before = split(version, sections)
    assert [(one.text, one.page) for one in split_edited(version, before)] == [(one.text, one.page) for one in before]
    body = version.body.replace("5,429", "6,000").replace("a half.", "a half.\n\nThey say so first.")
    body = body.replace("twelve", "ten") + "\n## Where to ask\n\nAsk the agency.\n"
    edited = split_edited(replace(version, body=body), before)
    assert [(one.section, one.text, one.page) for one in edited] == [
        ("Fees", "The fee is EUR 6,000 a year.\nIt is paid in May.", 2),
        ("Fees", "Small firms pay a half.\nThey say so first.", 3),
        ("Time", "The review takes ten months.", 4),
        ("Where to ask", "Ask the agency.", 4),
    ]
