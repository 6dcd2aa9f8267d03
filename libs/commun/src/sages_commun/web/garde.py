"""Who may talk to the pages, and what every answer carries.

What must be kept out is the *browser* of somebody who may use these pages being used by another site:

* **DNS rebinding**: the `Host` header must be a loopback name, or one that was configured, with any port.
* **Cross-site requests**: on anything but GET, HEAD and OPTIONS, `Sec-Fetch-Site` must say same-origin and
  `Origin` must be this very host; and the form carries a token tied to a `SameSite=Strict`, `HttpOnly` cookie
  (`jetons.py`).
* **Scripts** (curl, a scheduler) send neither `Origin`, `Referer` nor `Sec-Fetch-Site`: they pass without a token.
  Every browser able to show these pages sends `Origin` with every POST, so no page can pass for a script. Where there
  are accounts, the cookie of a session always asks for the token all the same (`acces/web/jetons.py`).
* **Addresses for programs** (`programmes`) are asked from anywhere, by programs that may send an `Origin` of their
  own. They must take no authority from a cookie nor from the network: then a foreign page gets nothing by asking
  that it would not get by itself, and the origin says nothing. Their `Host` is still looked at: a program calls the
  public name of the server, which is exactly what is configured, and a rebound page would else reach, under a name of
  its own, a server that only its victim's network can see.
* **A proxy that nobody told us of** (`seul_ici`): where whoever reaches these pages may use them, because only this
  machine can, what comes through a proxy comes from elsewhere. What proxies add to a request gives them away; one that
  adds nothing cannot be seen.
* **Probes** (`sondes`) of whoever balances the load ask by the machine's address: nothing at all is looked at.

Bodies are bounded here, in size and in time, before anything reads them.
"""

import asyncio
import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sages_commun.web.corps import lit_corps, rejoue
from sages_commun.web.entetes import ajoute_entetes
from sages_commun.web.erreurs import ErreurPage

HOTES_LOCAUX = frozenset({"localhost", "127.0.0.1", "[::1]"})
METHODES_SURES = frozenset({"GET", "HEAD", "OPTIONS"})
OCTETS_CORPS_MAX = 16 * 1024
CORPS_DELAI_S = 30.0
"""A body that comes drop by drop holds a connection, and costs nothing to whoever sends it."""
_HOTE = re.compile(r"(?P<nom>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.ASCII)
MANDATES = frozenset({"forwarded", "via", "x-real-ip"})
"""Headers that proxies add; and all that begin by `x-forwarded`."""
SITES_ADMIS = frozenset({"same-origin", "none"})
SOUS_MANDAT = ErreurPage(
    403,
    "Cette demande passe par un serveur mandataire, et personne n’a à se connecter ici : elle est refusée.",
    "Nommez ce mandataire dans les réglages : chacun devra alors se connecter.",
)
DEUX_LONGUEURS = ErreurPage(400, "La demande annonce deux longueurs.", "Recommencez.", entetes={"Connection": "close"})
AUTRE_HOTE = ErreurPage(
    400,
    "Cette adresse n’est pas celle de ce programme.",
    "Ouvrez-le par http://localhost ou http://127.0.0.1, ou ajoutez ce nom aux réglages.",
)
AUTRE_SITE = ErreurPage(
    403, "Cette demande vient d’un autre site : elle est refusée.", "Revenez à l’accueil de ce programme."
)


class Garde:
    """ASGI middleware: refuses foreign hosts and cross-site writes, and lets nothing out without a page and headers."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hotes: Callable[[], Collection[str]],
        repond: Callable[[Request, Exception], Response],
        corps_max: int = OCTETS_CORPS_MAX,
        corps_max_de: Mapping[str, int] = MappingProxyType({}),
        admet: Callable[[Request], bool] | None = None,
        corps_delai_s: float = CORPS_DELAI_S,
        programmes: Collection[str] = (),
        sondes: Collection[str] = (),
        seul_ici: bool = False,
        autre_hote: ErreurPage = AUTRE_HOTE,
        autre_site: ErreurPage = AUTRE_SITE,
    ) -> None:
        """`hotes` is asked once, at the first request; `repond` gives the page of an error.

        `corps_max_de` (address > bytes) admits more, or less, at some addresses; the most is in bytes. `admet` says
        whether more is read for who asks: strangers must not fill the memory with what would be refused them.
        """
        self._app = app
        self._lit_hotes = hotes
        self._hotes: frozenset[str] | None = None
        self._repond = repond
        self._corps_max = corps_max
        self._corps_max_de = corps_max_de
        self._admet = admet
        self._corps_delai_s = corps_delai_s
        self._programmes = frozenset(programmes)
        self._sondes = frozenset(sondes)
        self._seul_ici = seul_ici
        self._autre_hote = autre_hote
        self._autre_site = autre_site

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
                ajoute_entetes(message)
            await send(message)

        entetes = Headers(scope=scope)
        erreur: Exception | None = self._examine(scope["method"], scope["path"], entetes)
        if erreur is None:
            try:
                await self._borne(scope, entetes, receive, envoie)
            except Exception as exc:
                if commencee:
                    raise
                erreur = exc
        if erreur is not None:
            await self._repond(Request(scope, receive), erreur)(scope, receive, envoie)

    async def _borne(self, scope: Scope, entetes: Headers, receive: Receive, send: Send) -> None:
        limite = self._corps_max_de.get(scope["path"], self._corps_max)
        if self._admet and limite > self._corps_max and not await run_in_threadpool(self._admet, Request(scope)):
            limite = self._corps_max
        try:
            async with asyncio.timeout(self._corps_delai_s):
                corps = await lit_corps(entetes, receive, limite)
        except TimeoutError:
            raise ErreurPage(
                408, "La demande n’est pas arrivée entière.", "Recommencez.", entetes={"Connection": "close"}
            ) from None
        if corps is None:
            raise ErreurPage(
                413, f"La demande dépasse {limite} octets.", "Recommencez avec moins.", entetes={"Connection": "close"}
            )
        await self._app(scope, rejoue(corps, receive), send)

    def _examine(self, methode: str, chemin: str, entetes: Headers) -> ErreurPage | None:
        if "transfer-encoding" in entetes and "content-length" in entetes:
            return DEUX_LONGUEURS  # a proxy in front may have believed the other one: what follows is nobody's
        if chemin in self._sondes:
            return None
        if self._seul_ici and est_mandatee(entetes):
            return SOUS_MANDAT
        if self._hotes is None:
            self._hotes = HOTES_LOCAUX | {hote.lower() for hote in self._lit_hotes()}
        hotes = [hote.lower() for hote in entetes.getlist("host")]
        lu = _HOTE.fullmatch(hotes[0]) if len(hotes) == 1 else None
        if lu is None or lu["nom"] not in self._hotes:
            return self._autre_hote
        if methode in METHODES_SURES or chemin in self._programmes or _meme_origine(hotes[0], entetes):
            return None
        return self._autre_site


def est_mandatee(entetes: Headers) -> bool:
    """Whether a proxy says that it asks for somebody else."""
    return any(nom in MANDATES or nom.startswith("x-forwarded") for nom in entetes)


def _meme_origine(hote: str, entetes: Headers) -> bool:
    if entetes.get("sec-fetch-site", "same-origin") not in SITES_ADMIS:
        return False
    # Only host and port are compared: a proxy in front may speak HTTPS while we do not.
    annonces = [entetes[nom] for nom in ("origin", "referer") if nom in entetes]
    return all(urlsplit(annonce).netloc.lower() == hote for annonce in annonces)
