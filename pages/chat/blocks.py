"""Gradio's page with our queue, whose failures are a line of the log."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import gradio as gr
from fastapi import Request

from pages.chat.queue import BoundedQueue, Full

_log = logging.getLogger(__name__)


class ChatBlocks(gr.Blocks):
    """The page as Gradio serves it."""

    def bound(self, most: int, untold: float, full: Full) -> None:
        """Let no more than so many events wait, and tell those that do of each other every so many seconds.

        `full` says whether there is no place for a question more.
        """
        self._queue: BoundedQueue = BoundedQueue(self, most, untold, full)

    def waits(self, session: str) -> bool:
        """Whether there is something to tell a session, now or later."""
        return session in self._queue.pending_messages_per_session

    def ensure_room(self, session: str, fn_index: int, request: Request) -> None:
        """Refuse an event for which there is no room.

        Raises:
            Crowded: there is none.
        """
        self._queue.ensure_room(session, fn_index, request)

    async def process_api(self, *args: Any, **named: Any) -> dict[str, Any]:  # noqa: ANN401 - as Gradio has it
        """Let an event happen.

        Raises:
            gr.Error: it failed. Gradio would print it with the values that were sent.
        """
        try:
            result: dict[str, Any] = await super().process_api(*args, **named)
        except gr.Error as refusal:  # a value that the page cannot have
            _log.info("an event of the chat was refused")
            raise gr.Error("", print_exception=False) from refusal
        except Exception as error:
            where = traceback.format_tb(error.__traceback__)
            fields = {"reason": type(error).__name__, "traceback": "".join(where)}  # without what was sent
            _log.error("an event of the chat failed", extra={"fields": fields})
            raise gr.Error("", print_exception=False) from error
        return result
