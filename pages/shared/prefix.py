"""Where the server is one of several things under a name: its pages begin below a path, the prefix."""

from __future__ import annotations

from starlette.datastructures import URL
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class BelowPrefix:
    """The layer by which all paths begin with the prefix, whether the proxy passes it on or takes it off.

    A request of this machine itself, for `/healthz` say, need not know of it either.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; the prefix alone leads to the first page, to which the chat's own addresses are relative."""
        if not self._prefix or scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path == self._prefix:
            first = URL(scope=scope).replace(scheme="", netloc="", path=f"{path}/")
            await RedirectResponse(first, 308)(scope, receive, send)
            return
        below = path if path.startswith(f"{self._prefix}/") else self._prefix + path
        await self._app({**scope, "path": below, "root_path": self._prefix}, receive, send)
