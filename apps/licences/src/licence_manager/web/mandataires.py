"""Who asks, when a reverse proxy asks in their place.

Here rather than in the server's own options, so that the setting counts whoever runs the application.
"""

from typing import TYPE_CHECKING, Any, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Mandataires:
    """ASGI middleware: the address is the one that the believed proxies give, else that of the connection."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        self._croit: ASGIApp | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Put the address of whoever asks in the place of the proxy's."""
        if self._croit is None and scope["type"] == "http":
            crus = scope["app"].state.maison.reglages.mandataires
            # The server's library writes the same types in its own way.
            self._croit = cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", self._app), crus)) if crus else self._app
        await (self._croit or self._app)(scope, receive, send)
