"""A version of a document tried before it is published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.app import App
from assistant.desk.draft_trial import read_version, try_version
from assistant.evaluation.evaluate import EvaluationQuestion
from assistant.understand.questions import Question
from corpus.errors import BadDocument
from corpus.release.release import LIBRARY

DOCUMENT = "japan/devices-and-ivds"
JAPAN = EvaluationQuestion("representative", ("Does a foreign maker need a licensed company in Japan for a device?",))
FOODS = EvaluationQuestion("foods", ("What does a health claim on a functional food need in Japan?",))


def rewritten(folder: Path, old: str, new: str) -> Path:
    """The shipped document with other words."""
    text = (LIBRARY / f"{DOCUMENT}.md").read_text("utf-8")
    assert re.search(old, text)
    path = folder / "new.md"
    path.write_text(re.sub(old, new, text), "utf-8")
    return path


def test_only_answers_that_rest_on_the_new_words_change_and_nothing_is_published(lean: App, tmp_path: Path) -> None:
    path = rewritten(tmp_path, r"(?i)\bmarketing authori[sz]ation holder\b", "Zirconium Paper Keeper")
    position, answer = lean.catalogue.position, lean.assistant.answer
    version, passages = read_version(path, DOCUMENT, lean.catalogue)
    before = [claim.text for claim in answer(Question(JAPAN.turns[0])).claims]
    steps = list(try_version(lean, version, passages, [JAPAN, FOODS]))
    assert len(steps) == 2
    [change] = [step for step in steps if step]
    assert (change.id, change.question) == ("representative", JAPAN.turns[0])
    assert "Zirconium Paper Keeper" in " ".join(claim.text for claim in change.after.claims)
    assert [claim.text for claim in change.before.claims] == before
    assert lean.catalogue.position == position
    assert lean.catalogue.document(DOCUMENT).version.number == version.number - 1
    assert [claim.text for claim in answer(Question(JAPAN.turns[0])).claims] == before


def test_the_same_version_again_changes_no_answer(lean: App) -> None:
    version, passages = read_version(LIBRARY / f"{DOCUMENT}.md", DOCUMENT, lean.catalogue)
    assert list(try_version(lean, version, passages, [JAPAN, FOODS])) == [None, None]


def test_a_document_that_is_new_can_be_tried_too(lean: App, tmp_path: Path) -> None:
    path = rewritten(tmp_path, "(?m)^## .*$", "## Zirconium grafts")
    version, _ = read_version(path, "japan/zirconium", lean.catalogue)
    assert (version.document_id, version.number) == ("japan/zirconium", 1)


def test_a_file_that_cannot_be_read_is_told(lean: App, tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="name a Markdown file"):
        read_version(tmp_path / "none.md", DOCUMENT, lean.catalogue)
