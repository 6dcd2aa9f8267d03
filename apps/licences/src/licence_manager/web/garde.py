"""What every request goes through: its body is bounded and read whole, its answer carries the same headers."""

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CORPS_MAX = 4096
"""Bytes, for whoever has no right to more."""

ENTETES: dict[str, str] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Garde:
    """ASGI middleware."""

    def __init__(self, app: "ASGIApp", corps_max: dict[str, int] | None = None) -> None:
        self._app = app
        self._corps_max = corps_max or {}
        """Path > bytes, where more than `CORPS_MAX` is admitted."""

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Refuse a body that is too long with 413, without reading the rest of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def avec_entetes(message: "Message") -> None:
            if message["type"] == "http.response.start":
                entetes = MutableHeaders(scope=message)
                for nom, valeur in ENTETES.items():
                    entetes.setdefault(nom, valeur)
            await send(message)

        limite = self._corps_max.get(scope["path"], CORPS_MAX)
        corps = await _lit(receive, limite)
        if corps is None:
            reponse = JSONResponse(
                {"code": "too_large", "message": f"La demande dépasse {limite} octets."}, 413, {"Connection": "close"}
            )
            await reponse(scope, receive, avec_entetes)
            return
        await self._app(scope, _rejoue(corps, receive), avec_entetes)


async def _lit(receive: "Receive", limite: int) -> bytes | None:
    """The whole body; None when it is too long."""
    morceaux: list[bytes] = []
    total = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":  # the client has gone
            return b""
        morceau = message.get("body", b"")
        total += len(morceau)
        if total > limite:
            return None
        morceaux.append(morceau)
        if not message.get("more_body", False):
            return b"".join(morceaux)


def _rejoue(corps: bytes, receive: "Receive") -> "Receive":
    donne = False

    async def rejoue() -> "Message":
        nonlocal donne
        if donne:
            return await receive()
        donne = True
        return {"type": "http.request", "body": corps, "more_body": False}

    return rejoue
