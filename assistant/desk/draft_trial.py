"""Tries a version of a document before it is published: which answers change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.answers import Answer
from assistant.app import App
from assistant.evaluation.evaluate import EvaluationQuestion
from assistant.understand.questions import Question
from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.holdings import MIGRATIONS
from corpus.documents import Passage, Stage, Version, digest
from corpus.errors import BadDocument, UnknownDocument
from corpus.front_matter import parse
from corpus.passages import split_markdown
from corpus.scratch import scratch_folder
from corpus.transfer import copy_to_file
from index.build import Index


@dataclass(frozen=True)
class TrialChange:
    """A question that is answered differently, and how: by its outcome, its claims, or its citations."""

    id: str
    question: str
    how: str
    before: Answer
    after: Answer


def try_version(
    app: App, version: Version, passages: Sequence[Passage], asked: Sequence[EvaluationQuestion]
) -> Iterator[TrialChange | None]:
    """Ask each question now, and with this version in place of the published one; one step a question.

    Nothing of it is published: catalogue and index are copies in a folder that goes when the last answer is given.
    Only the vectors of the new texts are kept, for the publishing.
    """
    with as_published(app, version, passages) as tried:
        for one in asked:
            question = Question(one.turns[-1], earlier=one.turns[:-1])
            before, after = app.assistant.answer(question), tried.assistant.answer(question)
            how = next((name for name, aspect in _ASPECTS.items() if aspect(before) != aspect(after)), None)
            yield TrialChange(one.id, one.turns[-1], how, before, after) if how else None


def read_version(path: Path, document_id: str, catalogue: Catalogue) -> tuple[Version, list[Passage]]:
    """A file in the library's form, as the next version of a document, or as the first of a new one.

    Raises:
        BadDocument: it cannot be read, or is not in that form.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadDocument(f"The document in {path} cannot be read ({error}); name a Markdown file.") from error
    metadata, body = parse(text, document_id)
    try:
        number = catalogue.document(document_id).version.number + 1
    except UnknownDocument:
        number = 1
    version = Version(document_id, number, metadata, body, digest(text))
    return version, split_markdown(version)


@contextmanager
def as_published(app: App, version: Version, passages: Sequence[Passage]) -> Iterator[App]:
    """The installation as it would be if this version were published; it goes when the block ends."""
    with scratch_folder("trial") as folder:
        copy = folder / "catalogue.sqlite"
        copy_to_file(app.catalogue.place, MIGRATIONS, copy)
        with closing(Catalogue(copy)) as catalogue:
            catalogue.add_version(
                _as_read(version),
                passages,
                origin="trial",
                stage=Stage.PUBLISHED,
                who="trial",
                why="which answers change",
            )
            tried = app.over(catalogue, Index(folder / "index", app.cache.model))
            tried.upkeep.build()
            with closing(tried.index.current()):
                yield tried


def _as_read(version: Version) -> Version:
    """A version whose proposed fields count as read: as it will be published, if it is."""
    units = tuple(replace(unit, proposed={}) for unit in version.metadata.units)
    return replace(version, metadata=replace(version.metadata, units=units))


# In what answers can differ, the gravest first.
_ASPECTS: dict[str, Callable[[Answer], object]] = {
    "outcome": lambda answer: answer.outcome,
    "claims": lambda answer: [claim.text for claim in answer.claims],
    "citations": lambda answer: [(one.document.id, one.section, one.quote) for one in answer.citations],
}
