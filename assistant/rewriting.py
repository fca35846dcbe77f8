"""A chat model makes a question that leans on earlier ones stand alone; where it fails, the rules of `questions` do."""

from __future__ import annotations

import logging
from pathlib import Path
from string import Template

from assistant.figures import figures
from assistant.models import ChatModel, ModelRefused, ModelUnavailable

PROMPT = Path(__file__).parent / "prompts/standalone.md"
_LONGEST = 400  # characters of a rewritten question

_log = logging.getLogger(__name__)


def stand_alone(model: ChatModel, text: str, earlier: tuple[str, ...]) -> str | None:
    """The question as the model writes it anew; None where it fails, or writes anything but one question.

    A figure that nobody said does not get in: it would be searched for, and found.
    """
    prompt = Template(PROMPT.read_text("utf-8")).substitute(
        earlier="\n".join(f"- {one}" for one in earlier), question=text
    )
    written = ""
    try:
        for piece in model.stream(prompt):
            written += piece
            if len(written) > _LONGEST:
                return None
    except (ModelUnavailable, ModelRefused) as error:
        _log.warning("%s", error)
        return None
    written = written.strip()
    said = figures(" ".join([*earlier, text]))
    return written if written and "\n" not in written and figures(written) <= said else None
