"""Trials of drafts that run in the background, one after the other, while the server goes on answering."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock, Thread
from uuid import uuid4

from assistant.app import App
from assistant.desk.draft_trial import TrialChange, try_version
from assistant.evaluation.evaluate import EvaluationQuestion
from corpus.documents import Document
from corpus.errors import KnownError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A trial of a draft: how far it is, and which answers change. `failed` says what kept it from its end."""

    document: Document
    who: str
    began: datetime
    questions: int
    asked: int = 0
    changes: tuple[TrialChange, ...] = ()
    over: bool = False
    failed: str = ""


class Trials:
    """The last trial of each document, until the server stops."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._runs: dict[str, Run] = {}
        self._writing = Lock()
        self._turn = Lock()

    def runs(self) -> list[Run]:
        """The trials there are, the newest first."""
        return sorted(self._runs.values(), key=lambda run: run.began, reverse=True)

    def start(self, draft: Document, asked: Sequence[EvaluationQuestion], *, who: str) -> None:
        """Begin to try a draft, unless that is going on already."""
        with self._writing:
            last = self._runs.get(draft.id)
            if last and not last.over:
                return
            self._runs[draft.id] = Run(draft, who, datetime.now(), len(asked))
        Thread(target=self._work, args=(draft, asked), name="trial", daemon=True).start()

    def _work(self, draft: Document, asked: Sequence[EvaluationQuestion]) -> None:
        with self._turn:
            try:
                passages = self._app.catalogue.passages_of(draft.id, draft.version.number)
                for at, change in enumerate(try_version(self._app, draft.version, passages, asked), start=1):
                    run = self._runs[draft.id]
                    self._note(replace(run, asked=at, changes=(*run.changes, change) if change else run.changes))
            except KnownError as error:
                self._note(replace(self._runs[draft.id], failed=str(error)))
            except Exception:  # noqa: BLE001 - the border of a thread: nobody else would hear of it
                log_id = uuid4().hex[:8]
                _log.exception("a trial failed, log id %s", log_id)
                self._note(replace(self._runs[draft.id], failed=f"log id {log_id}"))
            self._note(replace(self._runs[draft.id], over=True))

    def _note(self, run: Run) -> None:
        self._runs[run.document.id] = run
