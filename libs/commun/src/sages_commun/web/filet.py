"""What fails in an application that is mounted in another is answered there.

Its framework would else answer in plain text, before the error reaches `Garde`.
"""

from collections.abc import Callable

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Filet:
    """ASGI middleware, for an application that is mounted."""

    def __init__(self, app: ASGIApp, *, repond: Callable[[Request, Exception], Response]) -> None:
        """`repond` gives the answer to an error."""
        self._app = app
        self._repond = repond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through; answer what fails before anything was sent."""
        commencee = False

        async def envoie(message: Message) -> None:
            nonlocal commencee
            commencee = commencee or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, envoie)
        except Exception as exc:
            if commencee or scope["type"] != "http":
                raise
            await self._repond(Request(scope, receive), exc)(scope, receive, send)
