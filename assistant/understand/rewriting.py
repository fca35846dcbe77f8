"""A chat model makes a question that leans on earlier ones stand alone; where it fails, the rules of `questions` do."""

from __future__ import annotations

import logging
from pathlib import Path
from string import Template

from assistant.language.phrasing import recognise_language
from assistant.language.quantities import figures
from assistant.model.chat_model import ChatModel, ModelRefused, ModelUnavailable, Usage
from assistant.model.placeholders import Placeholders

PROMPT = Path(__file__).parent / "standalone.md"
_LONGEST = 400  # characters of a rewritten question

_log = logging.getLogger(__name__)


def stand_alone(
    model: ChatModel, text: str, earlier: tuple[str, ...], placeholders: Placeholders
) -> tuple[str | None, Usage]:
    """The question as the model writes it anew, and what that used; None where it fails or writes anything else.

    A figure that nobody said does not get in: it would be searched for, and found. The model reads placeholders for
    personal details, and the question has these back.
    """
    prompt = Template(PROMPT.read_text("utf-8")).substitute(
        earlier="\n".join(f"- {placeholders.hide(one)}" for one in earlier), question=placeholders.hide(text)
    )
    written, usage = "", Usage()
    try:
        for piece in model.stream(prompt):
            if isinstance(piece, Usage):
                usage += piece
            elif len(written) <= _LONGEST:
                written += piece
    except (ModelUnavailable, ModelRefused) as error:
        _log.warning("%s", error)
        return None, usage
    written = placeholders.show(written.strip())
    language = recognise_language(text)
    known = figures(" ".join([*earlier, text]), language)
    nothing_new = figures(written, language).stand_in(known)
    is_one_question = 0 < len(written) <= _LONGEST and "\n" not in written and nothing_new
    return (written if is_one_question else None), usage
