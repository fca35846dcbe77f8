"""Questions that nobody would ask, to the assistant of the shipped library; what is shown of its answers too."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from assistant.answers import Answer, to_json
from assistant.app import open_app
from assistant.assistant import Assistant
from assistant.settings import Settings, read_settings
from assistant.understand.questions import Profile, Question, UnclearQuestion
from corpus.vocabulary import LANGUAGES
from index.search import Filters
from pages.chat.answers import turn_html
from pages.chat.plain_text import plain_text
from pages.shared.conversation import Turn, kept, to_keep, typed
from pages.shared.markdown import rendered
from tests.fuzzing.inputs import Input, odd_text
from tests.markup import active

_REAL = Path(__file__).parents[1] / "benchmarks" / "questions.jsonl"


def target(folder: Path) -> Questions:
    """The assistant of the shipped library, in a home of its own."""
    read_settings()
    app = open_app(Settings(home=folder / "home"))
    app.upkeep.make_ready(print)
    return Questions(app.assistant)


class Questions:
    """Asks whatever it is given, and shows the answer."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._real = tuple(json.loads(line)["text"] for line in _REAL.read_text("utf-8").splitlines())

    def draw(self, chance: Random) -> Input:
        """A question, those before it, its language, the walls and the profile, as JSON."""
        asked = {
            "text": self._text(chance),
            "earlier": [self._text(chance) for _ in range(chance.choice((0, 0, 1, 3)))],
            "language": chance.choice((None, None, *LANGUAGES, "ja", "xx", "")),
            "market": chance.choice((None, None, "japan", "usa", "nowhere")),
            "home": chance.choice(("", "", "biom", "biocat")),
            "risk_class": chance.choice(("", "", "III", odd_text(chance)[:20])),
        }
        return Input(json.dumps(asked).encode(), ".json")

    def _text(self, chance: Random) -> str:
        real = chance.choice(self._real)
        at = chance.randrange(len(real))
        odd = odd_text(chance, tuple(real.split()))
        return chance.choice((odd, f"{real[:at]}{odd}{real[at:]}", f"{real} {odd}", real))

    def tried(self, thrown: Input) -> str:
        """An answer, or the refusal of what is no question; what is shown of it does nothing."""
        asked = json.loads(thrown.data)
        text = typed(asked["text"])  # as the page takes it
        markets = frozenset(filter(None, [asked["market"]]))
        question = Question(
            text,
            tuple(asked["earlier"]),
            Filters(markets),
            asked["language"],
            Profile(home=asked["home"], risk_class=asked["risk_class"]),
        )
        assert active(rendered(text)) == []
        try:
            *_, answer = self._assistant.ask(question)
        except UnclearQuestion:
            return "unclear"
        assert isinstance(answer, Answer)
        _check(text, answer)
        return answer.outcome.value


def _check(text: str, answer: Answer) -> None:
    """The answer stands on a page in one line, comes back from a browser, and can be written anywhere."""
    turn = Turn(text, answer.language, answer=answer, id="1")
    page = turn_html(turn, 1)
    assert active(page) == []
    assert len(page.splitlines()) == 1
    assert "\n\n" not in page
    json.dumps(to_json(answer))
    plain_text(text, answer, "http://x.test")
    assert kept(json.loads(json.dumps(to_keep([turn]))))
