"""What was found by throwing things at the product stays mended, and a few more are thrown each time."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.chat.answers import turn_html
from pages.shared.conversation import Turn, typed
from pages.shared.markdown import rendered
from tests.fuzzing.__main__ import fuzz
from tests.fuzzing.inputs import CORPUS, ODD, Input, Target
from tests.markup import active

KINDS = ("formats", "questions", "forms")
ODD_TEXTS = st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=30)), max_size=8).map("".join)


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def target(kind: str, shipped_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Target:
    folder = tmp_path_factory.mktemp(kind)
    if kind != "formats":
        shutil.copytree(shipped_as_built, folder / "home")
    made: Target = importlib.import_module(f"tests.fuzzing.{kind}").target(folder)
    return made


def test_what_was_not_withstood_once_is_withstood_now(kind: str, target: Target) -> None:
    for path in sorted((CORPUS / kind).glob("*")):
        target.tried(Input(path.read_bytes(), path.suffix))


def test_what_nobody_foresaw_is_withstood(target: Target, tmp_path: Path) -> None:
    ends, found = fuzz(target, tmp_path, range(10), seed=7)
    assert found == []
    assert len(ends) > 1  # not only the lid was tried


@settings(max_examples=60)
@given(ODD_TEXTS)
def test_no_text_acts_on_a_page_or_breaks_its_line(text: str) -> None:
    question = typed(text)
    question.encode()
    assert active(str(rendered(question))) == []
    page = turn_html(Turn(question, "en", id=question), 1)
    assert active(page) == []
    assert len(page.splitlines()) <= 1
