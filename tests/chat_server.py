"""A chat model behind a real server, that writes what the test says."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from assistant.answers import Answer, to_json
from pages.chat.answers import turn_html
from pages.shared.conversation import Turn, to_keep, unpacked

QUESTION = "Do we need a MAH or a DMAH to sell a class II device in Japan?"  # its section is found first
BEARING = "Designated Marketing Authorisation Holder"  # stands in the passages that say so
TRUE = "A foreign maker must work through a licensed MAH or a DMAH in Japan."


class ChatHandler(BaseHTTPRequestHandler):
    """Answers every prompt as the test says."""

    mode: ClassVar[str] = "good"
    reply: ClassVar[str] = ""
    asked: ClassVar[list[dict[str, Any]]] = []
    usage: ClassVar[dict[str, int]] = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        status = {"401": 401, "429": 429, "500": 500}.get(self.mode)
        if status:
            self._send(status, "application/json", json.dumps({"error": {"message": "no", "type": "x"}}))
        elif self.mode == "nonsense":
            self._send(200, "text/event-stream", "data: {this is no json\n\n")
        else:
            self._stream()

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        reply = self.written("\n\n".join(message["content"] for message in self.asked[-1]["messages"]))
        for start in range(0, len(reply), 7):
            self._event(
                {"choices": [{"index": 0, "delta": {"content": reply[start : start + 7]}, "finish_reason": None}]}
            )
            if self.mode == "stall" and start > len(reply) // 2:
                time.sleep(3)
            if self.mode == "drip":
                time.sleep(0.1)
            if self.mode == "cut" and start > len(reply) // 2:
                return
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._event({"choices": [], "usage": self.usage})
        with suppress(ConnectionError):
            self.wfile.write(b"data: [DONE]\n\n")

    def written(self, prompt: str) -> str:
        """The reply, its keys and the prompt put in."""
        passages = keyed_passages(prompt)
        bearing = [key for key, text in passages.items() if BEARING in text] or ["P1"]
        other = next((key for key, text in passages.items() if BEARING not in text and "MAH" not in text), "P1")
        reply = self.reply.replace("[KEY]", f"[{bearing[0]}]").replace("[OTHER]", f"[{other}]")
        return reply.replace("[PROMPT]", prompt)

    def _event(self, more: dict[str, Any]) -> None:
        event = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "scripted"} | more
        with suppress(ConnectionError):  # the client may have had enough
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()

    def _send(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


def keyed_passages(prompt: str) -> dict[str, str]:
    parts = re.split(r"\n+\[P(?=\d+\] )", prompt)[1:]
    return {f"P{part.split(']')[0]}": part for part in parts}


def serve(handler: type[ChatHandler]) -> Iterator[str]:
    """The address of a server, as long as it is iterated over."""
    served = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}/v1"
    served.shutdown()
    served.server_close()


def seen(given: Answer, question: str = QUESTION) -> str:
    """All that leaves the house: the page, what the browser keeps, and the command line without its passages."""
    turn = Turn(question, given.language, answer=given)
    return "\n".join(
        [
            turn_html(turn, 1),
            *(unpacked(text).decode() for text in to_keep([turn])),
            json.dumps(to_json(given) | {"passages": []}),
        ]
    )
