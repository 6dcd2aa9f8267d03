"""Who may talk to the pages, and what every answer carries.

The connector listens on the loopback by default and has no accounts yet: whoever can open a socket may use it.
What must be kept out is the *browser* of that person being used by another site:

* **DNS rebinding**: the `Host` header must be a loopback name, or one that was configured, with any port.
* **Cross-site requests**: on anything but GET, HEAD and OPTIONS, `Sec-Fetch-Site` must say same-origin and
  `Origin` must be this very host; and the form carries a token tied to a `SameSite=Strict`, `HttpOnly` cookie
  (`jetons.py`).
* **Scripts** (curl, a scheduler) send neither `Origin`, `Referer` nor `Sec-Fetch-Site`: they pass without a token.
  Every browser able to show these pages sends `Origin` with every POST, so no page can pass for a script.
"""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connecteur.web.entetes import ajoute_entetes
from connecteur.web.erreurs import ErreurPage

HOTES_LOCAUX = frozenset({"localhost", "127.0.0.1", "[::1]"})
METHODES_SURES = frozenset({"GET", "HEAD", "OPTIONS"})
_HOTE = re.compile(r"(?P<nom>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.ASCII)
SITES_ADMIS = frozenset({"same-origin", "none"})


class Garde:
    """ASGI middleware: refuses foreign hosts and cross-site writes, and lets nothing out without a page and headers."""

    def __init__(self, app: ASGIApp, hotes: frozenset[str], repond: Callable[[Request, Exception], Response]) -> None:
        """`repond` gives the page of an error."""
        self._app = app
        self._hotes = HOTES_LOCAUX | {hote.lower() for hote in hotes}
        self._repond = repond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or answer in place of the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        commencee = False

        async def envoie(message: Message) -> None:
            nonlocal commencee
            if message["type"] == "http.response.start":
                commencee = True
                ajoute_entetes(MutableHeaders(scope=message))
            await send(message)

        erreur: Exception | None = self._examine(scope["method"], Headers(scope=scope))
        if erreur is None:
            try:
                await self._app(scope, receive, envoie)
            except Exception as exc:
                if commencee:
                    raise
                erreur = exc
        if erreur is not None:
            await self._repond(Request(scope, receive), erreur)(scope, receive, envoie)

    def _examine(self, methode: str, entetes: Headers) -> ErreurPage | None:
        hotes = [hote.lower() for hote in entetes.getlist("host")]
        lu = _HOTE.fullmatch(hotes[0]) if len(hotes) == 1 else None
        if lu is None or lu["nom"] not in self._hotes:
            return ErreurPage(
                400,
                "Cette adresse n’est pas celle du connecteur.",
                "Ouvrez-le par http://localhost ou http://127.0.0.1, ou ajoutez ce nom aux réglages.",
            )
        if methode in METHODES_SURES or _meme_origine(hotes[0], entetes):
            return None
        return ErreurPage(
            403, "Cette demande vient d’un autre site : elle est refusée.", "Ouvrez la page du connecteur."
        )


def _meme_origine(hote: str, entetes: Headers) -> bool:
    if entetes.get("sec-fetch-site", "same-origin") not in SITES_ADMIS:
        return False
    # Only host and port are compared: a proxy in front may speak HTTPS while we do not.
    annonces = [entetes[nom] for nom in ("origin", "referer") if nom in entetes]
    return all(urlsplit(annonce).netloc.lower() == hote for annonce in annonces)
