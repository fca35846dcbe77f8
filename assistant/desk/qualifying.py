"""Whether the chat model may write here: what was last found out, and a run in the background that finds it out."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock, Thread
from uuid import uuid4

from assistant.app import App
from assistant.evaluation.qualification import (
    TAKEN_DOWN,
    Qualification,
    TakenDown,
    installation_of,
    qualification_questions,
    qualify,
    read_taken_down,
)
from corpus.errors import KnownError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LastQualification:
    """What was last found out. `other` names what of the installation is another by now (see `installation_of`)."""

    found: Qualification
    day: datetime
    other: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether it holds for what is in use now, and nothing is left to ask."""
        return not self.other and self.found.answered == self.found.questions


def last_qualification(app: App) -> LastQualification | None:
    """The last run of this home, whoever began it; None where there is none that can be read."""
    path = app.home / TAKEN_DOWN
    try:
        asked = read_taken_down(path)
        day = datetime.fromtimestamp(path.stat().st_mtime)
    except (OSError, UnicodeDecodeError):
        return None
    if not asked:
        return None
    then, now = asked[-1].installation, installation_of(app)
    known = {one.question: one for one in asked if one.installation == then}
    other = tuple(name for name in now if then.get(name) != now[name])
    settings = app.settings.model_copy(update={"chat_model": then.get("model", "")})
    if "model" in other:  # its prices are not known
        settings = settings.model_copy(update={"chat_price_in": None, "chat_price_out": None})
    return LastQualification(qualify(settings, qualification_questions(), known), day, other)


@dataclass(frozen=True)
class QualificationRun:
    """A run: who began it, and how far it is. `failed` says what kept it from its end."""

    who: str
    began: datetime
    questions: int
    asked: int = 0
    over: bool = False
    failed: str = ""


class Qualifying:
    """The last run of this server, until it stops; one that was broken off goes on where it was."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._starting = Lock()
        self.run: QualificationRun | None = None

    def start(self, *, who: str) -> None:
        """Begin to ask, unless that is going on already; all anew where nothing is left to ask."""
        with self._starting:
            if self.run and not self.run.over:
                return
            last = last_qualification(self._app)
            self.run = QualificationRun(who, datetime.now(), len(qualification_questions()))
        fresh = last is not None and last.complete
        Thread(target=self._work, args=(self.run, fresh), name="qualification", daemon=True).start()

    def _work(self, run: QualificationRun, fresh: bool) -> None:
        try:
            taken_down = TakenDown(self._app.home / TAKEN_DOWN, self._app, fresh=fresh)
            run = self.run = replace(run, asked=len(taken_down.known))
            for _ in taken_down.ask(self._app, qualification_questions()):
                run = self.run = replace(run, asked=run.asked + 1)
        except KnownError as error:
            run = replace(run, failed=str(error))
        except Exception:  # noqa: BLE001 - the border of a thread: nobody else would hear of it
            log_id = uuid4().hex[:8]
            _log.exception("a qualification failed, log id %s", log_id)
            run = replace(run, failed=f"log id {log_id}")
        self.run = replace(run, over=True)
