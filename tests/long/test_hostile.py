"""All published attacks, of which `tests/whole/test_hostile.py` has a sample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.siege import Siege, besiege, withstand_documents, withstand_questions


@pytest.fixture(scope="module")
def siege(shipped_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    yield from besiege(shipped_as_built, tmp_path_factory.mktemp("siege") / "home", None)


def test_no_published_instruction_in_a_question_changes_anything(siege: Siege) -> None:
    withstand_questions(siege)


def test_no_published_instruction_in_a_document_changes_anything(siege: Siege) -> None:
    withstand_documents(siege)
